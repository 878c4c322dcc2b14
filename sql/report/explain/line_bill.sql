CREATE FUNCTION report.line_bill(of_line bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'issuer', s.issuer, 'account', s.account, 'month', to_char(s.period_start AT TIME ZONE 'UTC', 'YYYY-MM'),
            'total', r.total, 'lines', r.lines, 'file', r.file, 'imported_at', r.imported_at,
            'component', l.resource, 'driver', l.billable,
            'driver_total', t.driver, 'distributed', t.amount, 'idle', t.idle)
        FROM charge.line AS l
        JOIN bill.statement AS s USING (statement_id)
        JOIN bill.revision AS r ON r.revision_id = s.distributed_revision_id
        CROSS JOIN LATERAL (
            SELECT sum(o.billable) AS driver, sum(o.amount) AS amount,
                   coalesce(sum(o.amount) FILTER (WHERE o.resource LIKE '% idle'), 0) AS idle
            FROM charge.line AS o
            WHERE o.statement_id = l.statement_id AND o.hub_id = l.hub_id AND o.day = l.day
              AND split_part(o.resource, ' ', 1) = split_part(l.resource, ' ', 1)
        ) AS t
        WHERE l.line_id = of_line);
END
$$;
COMMENT ON FUNCTION report.line_bill(bigint) IS 'The bill that a charge line is a part of: its total and file; the line''s driver (MiB-seconds or bytes) out of all of that component on the hub and day, and what was distributed of it there, idle included, in the bill''s currency. Null: it is by no bill';

GRANT EXECUTE ON FUNCTION report.line_bill(bigint) TO hm_owner; -- a part of report.explain_line()

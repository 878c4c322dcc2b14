CREATE FUNCTION report.line_corrected(of_line bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT jsonb_agg(jsonb_build_object('line', k.line_id, 'period', to_char(k.period, 'YYYY-MM'), 'amount', k.amount)
                         ORDER BY k.period)
        FROM charge.line AS l
        JOIN charge.line AS k
          ON (k.hub_id, k.day, k.workload_group_id, k.class_id, k.resource, k.provider_id, k.basis, k.month)
           = (l.hub_id, l.day, l.workload_group_id, l.class_id, l.resource, l.provider_id, l.basis, l.month)
         AND (k.price_id, k.statement_id) IS NOT DISTINCT FROM (l.price_id, l.statement_id) AND k.period < l.period
        WHERE l.line_id = of_line);
END
$$;
COMMENT ON FUNCTION report.line_corrected(bigint) IS 'Charge lines in closed months that a line corrects: line, period, amount; null: none';

GRANT EXECUTE ON FUNCTION report.line_corrected(bigint) TO hm_owner; -- a part of report.explain_line()

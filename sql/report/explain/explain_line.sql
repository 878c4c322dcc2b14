-- With the rights of the owner, so it says itself who sees what: no line without a share that may be seen, and of the
-- others nothing.
--
-- It and what it calls most are PL/pgSQL, which plans their one statement once in a connection: to plan it takes ten
-- times as long as to answer, and which line it is changes nothing of the plan.
CREATE FUNCTION report.explain_line(of_line bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'line', l.line_id,
            'hub', h.name, 'day', l.day, 'username', g.username, 'server', g.server_name, 'tag', g.tag,
            'kind', g.kind, 'class', c.name, 'resource', l.resource, 'basis', l.basis,
            'month', to_char(l.month, 'YYYY-MM'), 'period', to_char(l.period, 'YYYY-MM'),
            'provider', i.code,
            'used', l.used, 'reserved', l.reserved, 'billable', l.billable, 'quantity_unit', r.quantity_unit,
            'base_units', r.base_units, 'priced_unit', r.priced_unit,
            'usage', report.line_usage(l.line_id),
            'topic', format('usage.%s.v1', h.name),
            'gaps', (SELECT count(*) FROM ingest.gap AS a WHERE a.topic = format('usage.%s.v1', h.name)),
            'price', report.line_price(l.price_id),
            'bill', report.line_bill(l.line_id),
            'amount', l.amount, 'currency', l.currency, 'corrects', report.line_corrected(l.line_id),
            'shares', (
                SELECT jsonb_agg(jsonb_build_object(
                           'sequence', d.sequence, 'institution', d.institution, 'department', d.department,
                           'group', o.code, 'person', d.person, 'month', to_char(d.month, 'YYYY-MM'),
                           'rule', d.rule, 'why', d.why, 'first_slot', s.first_slot, 'last_slot', s.last_slot,
                           'weight_ppm', s.weight_ppm,
                           'used', s.used, 'reserved', s.reserved, 'billable', s.billable, 'amount', d.amount,
                           'evidence', report.share_evidence(l.line_id, d.sequence),
                           'funding', report.share_funding(l.line_id, d.sequence))
                       ORDER BY d.sequence)
                FROM charge.share AS s
                JOIN (SELECT line_id, sequence, hub, day, institution, department, person, month, rule, why, amount
                      FROM report.charge_detail
                      UNION ALL
                      SELECT line_id, sequence, hub, day, institution, department, person, month, rule, why, amount
                      FROM report.bill_detail) AS d -- hub and day lead to the line without reading all others
                  ON (d.line_id, d.sequence, d.hub, d.day, d.month) = (s.line_id, s.sequence, h.name, l.day, s.month)
                LEFT JOIN org.user_group AS o USING (group_id)
                WHERE s.line_id = l.line_id AND s.hub_id = l.hub_id AND s.day = l.day AND s.line_month = l.month
                  AND org.sees_share(s)),
            'runs', (
                SELECT jsonb_agg(jsonb_build_object('run', n.run_id, 'reason', n.reason, 'detail', n.detail,
                                                    'at', d.rated_at, 'by', n.started_by)
                       ORDER BY n.run_id)
                FROM charge.run_day AS d
                JOIN charge.run AS n USING (run_id)
                WHERE d.hub_id = l.hub_id AND d.day = l.day),
            'waiting', EXISTS (SELECT FROM ingest.dirty_day AS w
                               WHERE w.hub_id = l.hub_id AND w.day = l.day
                                 AND coalesce(w.username, g.username) = g.username))
        FROM charge.line AS l
        JOIN charge.workload_group AS g USING (workload_group_id)
        JOIN usage.hub AS h ON h.hub_id = l.hub_id
        JOIN usage.resource_class AS c USING (class_id)
        LEFT JOIN price.resource AS r ON r.code = l.resource
        JOIN org.institution AS i ON i.institution_id = l.provider_id
        WHERE l.line_id = of_line
          AND EXISTS (SELECT FROM charge.share AS s
                      WHERE s.line_id = l.line_id AND s.hub_id = l.hub_id AND s.day = l.day AND s.line_month = l.month
                        AND org.sees_share(s)));
END
$$;
COMMENT ON FUNCTION report.explain_line(bigint) IS 'Why a charge line is what it is: its usage, slot by slot; the row of the price book; its shares, each with the rule, the rows that the rule used, its part, and which money pays it (report.share_funding); the runs that changed its hub-day; waiting: a change is not rated yet. Quantities in quantity_unit, amounts in currency, times in UTC. Null: there is no such line, or none that whoever asks may see';

GRANT EXECUTE ON FUNCTION report.explain_line(bigint) TO hm_finance, hm_rater, hm_steward, hm_instructor, hm_member;

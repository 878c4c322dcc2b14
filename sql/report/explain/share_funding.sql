-- What waits to be funded has legs of yesterday, from which nothing is derived.
CREATE FUNCTION report.share_funding(of_line bigint, of_sequence integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        WITH share AS MATERIALIZED (
            SELECT s AS row, s.institution_id,
                   EXISTS (SELECT FROM fund.dirty_day AS d
                           WHERE (d.institution_id, d.day, d.hub_id) = (s.institution_id, s.day, s.hub_id))
                   OR EXISTS (SELECT FROM fund.dirty_since AS d
                              WHERE d.institution_id = s.institution_id AND d.day <= s.day) AS is_waiting
            FROM charge.line AS l
            JOIN charge.share AS s
              ON s.line_id = l.line_id AND s.hub_id = l.hub_id AND s.day = l.day AND s.line_month = l.month
            WHERE l.line_id = of_line AND s.sequence = of_sequence
        ),
        leg AS MATERIALIZED (
            SELECT g.leg, g.fund_id, g.plan_leg_id, g.period, g.reason, g.amount, k.plan_version_id, k.tier, k.sequence
            FROM share AS s
            JOIN fund.leg AS g
              ON g.hub_id = (s.row).hub_id AND g.day = (s.row).day AND g.line_id = (s.row).line_id
             AND g.sequence = (s.row).sequence AND g.month = (s.row).month AND g.institution_id = s.institution_id
            LEFT JOIN fund.plan_leg AS k USING (plan_leg_id)
        ),
        answer AS MATERIALIZED (
            SELECT p.* FROM share AS s CROSS JOIN LATERAL report.share_plans(s.row) AS p WHERE NOT s.is_waiting
        ),
        version AS MATERIALIZED (
            SELECT a.plan_version_id, (array_agg(a.assignment_id ORDER BY a.at))[1] AS assignment_id,
                   array_agg(a.at) AS instants, count(*) = (SELECT count(*) FROM answer) AS is_only
            FROM answer AS a
            WHERE a.plan_version_id IS NOT NULL
            GROUP BY a.plan_version_id
        ),
        passed AS MATERIALIZED (
            SELECT v.plan_version_id, v.is_only, p.*
            FROM share AS s
            CROSS JOIN version AS v
            CROSS JOIN LATERAL report.plan_legs_passed(
                s.row, v.plan_version_id, v.instants,
                CASE WHEN v.is_only THEN (s.row).amount
                     ELSE (SELECT sum(g.amount) FROM leg AS g WHERE g.plan_version_id = v.plan_version_id) END) AS p
            WHERE p.why IS NOT NULL
        )
        SELECT jsonb_build_object('waiting', s.is_waiting, 'legs', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'leg', g.leg, 'fund', f.code, 'name', f.name, 'kind', f.kind, 'chart_string', f.chart_string,
                       'amount', g.amount, 'period', to_char(g.period, 'YYYY-MM'), 'reason', g.reason,
                       'rule', report.plan_leg_rule(g.plan_leg_id),
                       'assignment', (
                           SELECT jsonb_build_object('scope', a.scope, 'code', coalesce(u.code, o.code, p.code, a.tag),
                                                     'valid_from', lower(a.valid), 'valid_to', upper(a.valid),
                                                     'source', a.source)
                           FROM version AS v
                           JOIN fund.assignment AS a USING (assignment_id)
                           LEFT JOIN org.unit AS u USING (unit_id)
                           LEFT JOIN org.user_group AS o USING (group_id)
                           LEFT JOIN org.person AS p USING (person_id)
                           WHERE v.plan_version_id = g.plan_version_id),
                       'rather_than', (
                           SELECT coalesce(jsonb_agg(jsonb_build_object('tier', p.tier, 'leg', p.sequence, 'fund', p.fund,
                                                                        'why', p.why)
                                                     ORDER BY p.tier, p.sequence), '[]')
                           FROM passed AS p
                           WHERE CASE WHEN g.plan_leg_id IS NULL THEN p.is_only
                                      ELSE p.plan_version_id = g.plan_version_id
                                           AND (p.tier < g.tier OR p.tier = g.tier AND p.sequence <> g.sequence
                                                                   AND p.on_exhaust = 'redistribute') END))
                   ORDER BY g.leg, g.period), '[]')
            FROM leg AS g
            LEFT JOIN fund.fund AS f USING (fund_id)))
        FROM share AS s
        WHERE EXISTS (SELECT FROM fund.fund AS f WHERE f.institution_id = s.institution_id));
END
$$;
COMMENT ON FUNCTION report.share_funding(bigint, integer) IS 'Which money pays a share of a charge line: its legs, each with the fund or the reason why none pays, the leg of the plan, the assignment by which that plan counts, and the legs that were passed over for it and why; amounts in its currency. waiting: a change is not funded yet. Null: whoever is charged has no funds';

GRANT EXECUTE ON FUNCTION report.share_funding(bigint, integer) TO hm_owner; -- a part of report.explain_line()

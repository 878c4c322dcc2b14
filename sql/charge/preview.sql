CREATE FUNCTION charge.preview(of_run bigint)
    RETURNS TABLE (hub_id integer, day date, institution_id integer, unit_id integer, month date,
                   currency text, before numeric, after numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH marked AS MATERIALIZED (
            SELECT d.hub_id, d.day,
                   CASE WHEN count(*) = count(d.username) THEN array_agg(d.username) END AS usernames
            FROM ingest.dirty_day AS d
            WHERE d.run_id = of_run
            GROUP BY d.hub_id, d.day
        )
        SELECT f.hub_id, f.day, f.institution_id, f.unit_id, f.month, f.currency, sum(f.before), sum(f.after)
        FROM (SELECT m.hub_id, m.day, s.institution_id, s.unit_id, s.month, s.currency,
                     s.amount AS before, 0 AS after
              FROM marked AS m
              JOIN charge.share AS s USING (hub_id, day)
              JOIN charge.workload_group AS g USING (workload_group_id)
              WHERE s.basis = 'rate_card' AND (m.usernames IS NULL OR g.username = ANY (m.usernames))
              UNION ALL
              SELECT m.hub_id, m.day, c.institution_id, c.unit_id, c.share_month, c.currency,
                     0, c.share_amount
              FROM marked AS m
              CROSS JOIN LATERAL charge.compute(m.hub_id, m.day, m.usernames) AS c) AS f
        GROUP BY f.hub_id, f.day, f.institution_id, f.unit_id, f.month, f.currency
        HAVING sum(f.before) <> sum(f.after);
    END;
COMMENT ON FUNCTION charge.preview(bigint) IS 'What rating the days that a run marked is about to change: per hub-day and department (null: suspense) the charges as they are and as they will be, where these differ';

GRANT EXECUTE ON FUNCTION charge.preview(bigint) TO hm_rater;

CREATE FUNCTION charge.preview(of_run bigint)
    RETURNS TABLE (hub_id integer, day date, institution_id integer, unit_id integer, month date,
                   currency text, before numeric, after numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH marked AS MATERIALIZED (
            SELECT DISTINCT d.hub_id, d.day FROM ingest.dirty_day AS d WHERE d.run_id = of_run
        )
        SELECT f.hub_id, f.day, f.institution_id, f.unit_id, f.month, f.currency, sum(f.before), sum(f.after)
        FROM (SELECT m.hub_id, m.day, s.institution_id, s.unit_id, s.month, s.currency,
                     s.amount AS before, 0 AS after
              FROM marked AS m
              JOIN charge.share AS s USING (hub_id, day)
              WHERE s.basis = 'rate_card'
              UNION ALL
              SELECT m.hub_id, m.day, c.institution_id, c.unit_id, c.share_month, c.currency,
                     0, c.share_amount
              FROM marked AS m
              CROSS JOIN LATERAL charge.compute(m.hub_id, m.day) AS c) AS f
        GROUP BY f.hub_id, f.day, f.institution_id, f.unit_id, f.month, f.currency
        HAVING sum(f.before) <> sum(f.after);
    END;
COMMENT ON FUNCTION charge.preview(bigint) IS 'What rating the days that a run marked is about to change: per hub-day and department (null: suspense) the charges as they are and as they will be, where these differ';

GRANT EXECUTE ON FUNCTION charge.preview(bigint) TO hm_rater;

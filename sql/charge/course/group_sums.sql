-- With the rights of the owner, as charge.course_sums(), and of the same weeks: the difference between a month and its
-- weeks would tell of few.
CREATE FUNCTION charge.group_sums()
    RETURNS TABLE (institution text, month date, group_code text, kind text, name text, people bigint, amount numeric,
                   currency text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH cell AS MATERIALIZED (
        SELECT c.*, date_trunc('month', c.first_day::timestamp)::date AS month
        FROM charge.course_cells(org.summed_groups(),
                                     date_trunc('week', now() AT TIME ZONE 'UTC')::date) AS c
        WHERE c.institution_id = ANY (org.known_institutions())
    )
    SELECT i.code, m.month, g.code, g.kind, g.name,
           (SELECT count(DISTINCT s.student) FROM cell AS c CROSS JOIN LATERAL unnest(c.students) AS s (student)
            WHERE (c.institution_id, c.group_id, c.currency, c.month)
                  = (m.institution_id, m.group_id, m.currency, m.month)),
           m.amount, m.currency
    FROM (SELECT institution_id, group_id, currency, month, sum(amount) AS amount
          FROM cell GROUP BY institution_id, group_id, currency, month) AS m
    JOIN org.user_group AS g USING (group_id)
    JOIN org.institution AS i ON i.institution_id = m.institution_id
$$;
COMMENT ON FUNCTION charge.group_sums() IS 'Of report.group_cost what whoever asks may see in sums of many students only; report.group_cost has it';

GRANT EXECUTE ON FUNCTION charge.group_sums() TO hm_finance, hm_rater, hm_instructor;

CREATE FUNCTION fund.waiting() RETURNS TABLE (institution_id integer, institution text, first_day date, last_day date,
                                      has_plans boolean)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH since AS (
            SELECT institution_id, min(day) AS day
            FROM (SELECT institution_id, day FROM fund.dirty_day
                  UNION ALL
                  SELECT institution_id, day FROM fund.dirty_since) AS d
            GROUP BY institution_id
        ),
        known AS (
            SELECT s.institution_id,
                   greatest((SELECT max(t.day) FROM fund.day_total AS t WHERE t.institution_id = s.institution_id),
                            (SELECT max(d.day) FROM fund.dirty_day AS d WHERE d.institution_id = s.institution_id))
                       AS day
            FROM since AS s
        )
        SELECT s.institution_id, i.code, greatest(s.day, m.month::date),
               least((m.month + interval '1 month' - interval '1 day')::date, k.day),
               EXISTS (SELECT FROM fund.plan AS p WHERE p.institution_id = s.institution_id)
        FROM since AS s
        JOIN known AS k USING (institution_id)
        JOIN org.institution AS i USING (institution_id)
        CROSS JOIN LATERAL generate_series(date_trunc('month', s.day), k.day, interval '1 month') AS m (month)
        ORDER BY m.month, s.institution_id;
    END;
COMMENT ON FUNCTION fund.waiting() IS 'Days that have to be funded, oldest first: from the first that changed to the last that has charges, by institution and UTC month; has_plans: can any fund pay?';

GRANT EXECUTE ON FUNCTION fund.waiting() TO hm_rater;

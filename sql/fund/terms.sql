-- As amended, with all that is known now: an extension that is signed late covers what was used meanwhile.
CREATE FUNCTION fund.terms(of_institution integer)
    RETURNS TABLE (fund_id integer, is_sponsored boolean, pays tstzrange, last_posting date)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT f.fund_id, f.kind IN ('federal', 'sponsored'),
               tstzrange(t.first_day::timestamp AT TIME ZONE i.time_zone,
                         (t.last_day + 1)::timestamp AT TIME ZONE i.time_zone),
               coalesce(t.last_posting, t.last_day + 120)
        FROM fund.fund AS f
        JOIN org.institution AS i USING (institution_id)
        CROSS JOIN LATERAL (
            SELECT (array_agg(a.first_day ORDER BY a.effective DESC, a.amendment_id DESC)
                        FILTER (WHERE a.first_day IS NOT NULL))[1] AS first_day,
                   (array_agg(a.last_day ORDER BY a.effective DESC, a.amendment_id DESC)
                        FILTER (WHERE a.last_day IS NOT NULL))[1] AS last_day,
                   (array_agg(a.last_posting ORDER BY a.effective DESC, a.amendment_id DESC)
                        FILTER (WHERE a.last_posting IS NOT NULL))[1] AS last_posting
            FROM fund.amendment AS a
            WHERE a.fund_id = f.fund_id
        ) AS t
        WHERE f.institution_id = of_institution;
    END;
COMMENT ON FUNCTION fund.terms(integer) IS 'The funds of an institution as amended: is it an award (federal or sponsored), the time whose usage it pays for (period of performance, [from, to) in UTC), and the last day on which it may be charged (null: any)';

GRANT EXECUTE ON FUNCTION fund.terms(integer) TO hm_rater;

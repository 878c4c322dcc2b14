-- A cap that was exceeded before it was said would move money that was paid to other funds.
CREATE FUNCTION import.check_cap_use()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH paid AS MATERIALIZED (
        SELECT i.institution_id, i.fiscal_year_start, i.time_zone, i.currency, p.*
        FROM (SELECT institution_id, array_agg(id) FILTER (WHERE scope = 'unit') AS unit_ids,
                     array_agg(id) FILTER (WHERE scope = 'person') AS person_ids
              FROM staged WHERE NOT is_same GROUP BY institution_id) AS s
        JOIN org.institution AS i USING (institution_id)
        CROSS JOIN LATERAL fund.paid_before(i.institution_id, 'infinity', s.unit_ids, s.person_ids) AS p
    )
    SELECT DISTINCT ON (s.line)
           s.line, 'amount', f.amount,
           format('%s %s were paid already %s: the cap must not be less, or begin later',
                  trim_scale(u.amount), u.currency,
                  CASE s.cap_window WHEN 'month' THEN 'in ' || to_char(u.since, 'YYYY-MM')
                                    WHEN 'fiscal_year' THEN 'in the fiscal year from ' || u.since || ' on'
                                    ELSE 'in all' END)
    FROM staged AS s
    JOIN import_stage AS f USING (line)
    CROSS JOIN LATERAL (
        SELECT fund.window_start(s.cap_window, p.month, p.fiscal_year_start) AS since, sum(p.amount) AS amount,
               min(p.currency) AS currency
        FROM paid AS p
        WHERE p.institution_id = s.institution_id AND p.id = s.id
          AND p.scope = CASE s.scope WHEN 'fund' THEN 'fund' ELSE s.scope || ' cap' END
        GROUP BY 1
        HAVING bool_or(s.valid && tstzrange(p.month::timestamp AT TIME ZONE p.time_zone,
                                            (p.month + interval '1 month') AT TIME ZONE p.time_zone))
    ) AS u
    WHERE NOT s.is_same AND u.amount > s.amount + s.overdraw
    ORDER BY s.line, u.since;
END
$$;
COMMENT ON FUNCTION import.check_cap_use() IS 'Staged caps that are less than what was paid in one of their windows';

GRANT EXECUTE ON FUNCTION import.check_cap_use() TO hm_rater;

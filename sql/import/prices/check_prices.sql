CREATE FUNCTION import.check_prices()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN price.resource AS r ON r.code = s.resource
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('resource', s.resource, CASE
                    WHEN s.resource IS NULL THEN 'is required'
                    WHEN s.resource NOT IN (SELECT code FROM price.resource)
                    THEN 'unknown resource: one of '
                         || (SELECT string_agg(code, ', ' ORDER BY ordinal) FROM price.resource) END),
               ('rate', s.rate, CASE
                    WHEN s.rate IS NULL THEN 'is required'
                    WHEN import.rate_fault(s.rate) IS NOT NULL THEN import.rate_fault(s.rate)
                    WHEN s.rate::numeric * r.most_units_a_day >= 100000000000
                    THEN 'is too high to be booked: under ' || trim_scale(100000000000.0 / r.most_units_a_day)
                         || ' per ' || r.priced_unit END),
               ('rate_class', s.rate_class, CASE
                    WHEN s.rate_class NOT IN ('internal', 'external academic', 'external')
                    THEN 'is not one of internal, external academic, external' END),
               ('market_rate', s.market_rate, import.rate_fault(s.market_rate)),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NULL THEN 'is required'
                    ELSE v.starts_fault END),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_prices() IS 'import.check_rows for the kind prices';

GRANT EXECUTE ON FUNCTION import.check_prices() TO hm_rater;

CREATE FUNCTION import.check_customers()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS p ON p.code = s.provider AND p.institution_id <> 0
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    CROSS JOIN LATERAL (
        VALUES ('provider', s.provider, import.institution_fault(s.provider, p.code)),
               ('institution', s.institution, CASE
                    WHEN s.institution IS NULL THEN 'is required'
                    WHEN i.code IS NULL THEN 'unknown institution'
                    WHEN i.code = p.code THEN 'is the provider: its people are internal' END),
               ('rate_class', s.rate_class, CASE
                    WHEN coalesce(s.rate_class, '') NOT IN ('external academic', 'external')
                    THEN 'is not one of external academic, external' END),
               ('valid_from', s.valid_from, v.starts_fault),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_customers() IS 'import.check_rows for the kind customers';

GRANT EXECUTE ON FUNCTION import.check_customers() TO hm_rater;

CREATE FUNCTION import.check_domains()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    CROSS JOIN LATERAL (
        VALUES ('domain', s.domain, CASE
                    WHEN s.domain IS NULL THEN 'is required'
                    WHEN lower(s.domain) !~ '^[^@[:space:]]+\.[^@.[:space:]]+$'
                    THEN 'is not a domain such as northfield.edu' END),
               ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('unit', s.unit, CASE
                    WHEN s.unit IS NOT NULL AND i.code IS NOT NULL AND u.code IS NULL
                    THEN 'unknown department of ' || s.institution END),
               ('valid_from', s.valid_from, v.starts_fault),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_domains() IS 'import.check_rows for the kind domains';

GRANT EXECUTE ON FUNCTION import.check_domains() TO hm_rater;

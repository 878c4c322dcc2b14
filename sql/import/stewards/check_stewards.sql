CREATE FUNCTION import.check_stewards()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    CROSS JOIN LATERAL (
        VALUES ('login', s.login, CASE WHEN s.login IS NULL THEN 'is required' END),
               ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('unit', s.unit, CASE
                    WHEN s.unit IS NULL THEN 'is required'
                    ELSE import.scope_fault(i, 'unit', s.unit) END),
               ('valid_from', s.valid_from, v.starts_fault),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_stewards() IS 'import.check_rows for the kind stewards';

GRANT EXECUTE ON FUNCTION import.check_stewards() TO hm_rater;

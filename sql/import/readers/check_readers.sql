CREATE FUNCTION import.check_readers()
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
               ('scope', s.scope, CASE
                    WHEN s.scope IS NULL THEN 'is required'
                    WHEN s.scope NOT IN ('federation', 'institution', 'unit', 'group', 'person', 'fund')
                    THEN 'is not federation, institution, unit, group, person or fund' END),
               ('institution', s.institution, CASE
                    WHEN s.scope = 'federation' THEN
                        CASE WHEN s.institution IS NOT NULL THEN 'is empty for the federation' END
                    ELSE import.institution_fault(s.institution, i.code) END),
               ('code', s.code, CASE
                    WHEN s.scope IN ('federation', 'institution') THEN
                        CASE WHEN s.code IS NOT NULL THEN 'is empty for all of it' END
                    WHEN s.code IS NULL THEN 'is required'
                    ELSE import.scope_fault(i, s.scope, s.code) END),
               ('valid_from', s.valid_from, v.starts_fault),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_readers() IS 'import.check_rows for the kind readers';

GRANT EXECUTE ON FUNCTION import.check_readers() TO hm_rater;

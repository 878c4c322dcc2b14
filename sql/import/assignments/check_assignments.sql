CREATE FUNCTION import.check_assignments()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN fund.plan AS p ON p.institution_id = i.institution_id AND p.code = s.plan
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('plan', s.plan, CASE
                    WHEN s.plan IS NULL THEN 'is required'
                    WHEN i.code IS NOT NULL AND p.code IS NULL THEN 'unknown plan of ' || s.institution END),
               ('scope', s.scope, CASE
                    WHEN coalesce(s.scope, '') NOT IN ('unit', 'group', 'person', 'tag')
                    THEN 'is not one of unit, group, person, tag' END),
               ('code', s.code, CASE
                    WHEN s.code IS NULL THEN 'is required'
                    ELSE import.scope_fault(i, s.scope, s.code) END),
               ('valid_from', s.valid_from, v.starts_fault),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_assignments() IS 'import.check_rows for the kind assignments';

GRANT EXECUTE ON FUNCTION import.check_assignments() TO hm_rater;

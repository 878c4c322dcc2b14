CREATE FUNCTION import.check_members()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN org.person AS p ON p.code = s.person
    LEFT JOIN org.user_group AS g ON g.institution_id = i.institution_id AND g.code = s."group"
    CROSS JOIN LATERAL (
        VALUES ('person', s.person, CASE
                    WHEN s.person IS NULL THEN 'is required'
                    WHEN p.code IS NULL THEN 'unknown person' END),
               ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('group', s."group", CASE
                    WHEN s."group" IS NULL THEN 'is required'
                    WHEN i.code IS NOT NULL AND g.code IS NULL THEN 'unknown group of ' || s.institution END),
               ('weight', s.weight, CASE
                    WHEN s.weight !~ '^0*[1-9]\d{0,6}$' THEN 'is not a whole number from 1 to 9999999' END),
               ('default', s."default", CASE
                    WHEN s."default" NOT IN ('yes', 'no') THEN 'is neither yes nor no' END),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NULL THEN 'is required'
                    ELSE v.starts_fault END),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_members() IS 'import.check_rows for the kind members';

GRANT EXECUTE ON FUNCTION import.check_members() TO hm_rater;

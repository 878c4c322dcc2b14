CREATE FUNCTION import.check_memberships()
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
    LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    CROSS JOIN LATERAL (
        VALUES ('person', s.person, CASE
                    WHEN s.person IS NULL THEN 'is required'
                    WHEN p.code IS NULL THEN 'unknown person' END),
               ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('unit', s.unit, CASE
                    WHEN s.unit IS NULL THEN 'is required'
                    WHEN i.code IS NOT NULL AND u.code IS NULL
                    THEN 'unknown department of ' || s.institution END),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NULL THEN 'is required'
                    ELSE v.starts_fault END),
               ('valid_to', s.valid_to, v.ends_fault),
               ('home', s.home, CASE
                    WHEN s.home IS NULL THEN 'is required'
                    WHEN s.home NOT IN ('yes', 'no') THEN 'is neither yes nor no' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_memberships() IS 'import.check_rows for the kind memberships';

GRANT EXECUTE ON FUNCTION import.check_memberships() TO hm_rater;

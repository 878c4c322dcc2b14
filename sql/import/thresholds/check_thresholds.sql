CREATE FUNCTION import.check_thresholds()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *, min(line) OVER (PARTITION BY institution, ltrim(percent, '0')) AS twin FROM import_stage) AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('percent', s.percent, CASE
                    WHEN coalesce(s.percent, '') !~ '^0*[1-9]\d{0,2}$' THEN 'is not a whole number from 1 to 999'
                    WHEN s.twin < s.line THEN 'is already in line ' || s.twin END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_thresholds() IS 'import.check_rows for the kind thresholds';

GRANT EXECUTE ON FUNCTION import.check_thresholds() TO hm_rater;

CREATE FUNCTION import.check_settlements()
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
        VALUES ('hub', s.hub, CASE
                    WHEN s.hub IS NULL THEN 'is required'
                    WHEN s.hub <> '(shared)' THEN import.hub_fault(s.hub) END), -- idle and residual of bills
               ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('unit', s.unit, CASE
                    WHEN s.unit IS NULL THEN 'is required'
                    WHEN i.code IS NOT NULL AND u.code IS NULL
                    THEN 'unknown department of ' || s.institution END),
               ('reason', s.reason, CASE WHEN s.reason IS NULL THEN 'is required' END),
               ('valid_from', s.valid_from, v.starts_fault),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_settlements() IS 'import.check_rows for the kind settlements';

GRANT EXECUTE ON FUNCTION import.check_settlements() TO hm_rater;

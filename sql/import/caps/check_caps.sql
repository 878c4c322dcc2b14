CREATE FUNCTION import.check_caps()
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
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('scope', s.scope, CASE
                    WHEN coalesce(s.scope, '') NOT IN ('fund', 'plan', 'unit', 'person')
                    THEN 'is not one of fund, plan, unit, person' END),
               ('code', s.code, CASE
                    WHEN s.code IS NULL THEN 'is required'
                    ELSE import.scope_fault(i, s.scope, s.code) END),
               ('amount', s.amount, import.amount_fault(s.amount, true)),
               ('window', s."window", CASE
                    WHEN coalesce(s."window", '') NOT IN ('life', 'fiscal_year', 'month')
                    THEN 'is not one of life, fiscal_year, month' END),
               ('overdraw', s.overdraw, import.amount_fault(s.overdraw, s.overdraw IS NOT NULL)),
               ('valid_from', s.valid_from, v.starts_fault),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_caps() IS 'import.check_rows for the kind caps';

GRANT EXECUTE ON FUNCTION import.check_caps() TO hm_rater;

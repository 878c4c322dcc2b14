CREATE FUNCTION import.check_budgets()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *, min(line) OVER (PARTITION BY institution, unit, fiscal_year) AS twin FROM import_stage) AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('unit', s.unit, CASE
                    WHEN s.unit IS NULL THEN 'is required'
                    WHEN s.twin < s.line THEN 'is already in line ' || s.twin
                    ELSE import.scope_fault(i, 'unit', s.unit) END),
               ('fiscal_year', s.fiscal_year, CASE
                    WHEN coalesce(s.fiscal_year, '') !~ '^(19|[2-9]\d)\d\d$' THEN 'is not a year such as 2027' END),
               ('amount', s.amount, import.amount_fault(s.amount, true)),
               ('delegated_by', s.delegated_by, CASE WHEN s.delegated_by IS NULL THEN 'is required' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_budgets() IS 'import.check_rows for the kind budgets';

GRANT EXECUTE ON FUNCTION import.check_budgets() TO hm_rater;

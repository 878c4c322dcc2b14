CREATE FUNCTION import.check_closing()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *, min(line) OVER (PARTITION BY institution) AS twin FROM import_stage) AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, coalesce(import.institution_fault(s.institution, i.code),
                    CASE WHEN s.twin < s.line THEN 'is already in line ' || s.twin END)),
               ('review_days', s.review_days, CASE WHEN s.review_days !~ '^0*([0-5]?\d|60)$'
                    THEN 'is not a whole number from 0 to 60' END),
               ('late_months', s.late_months, CASE WHEN s.late_months !~ '^0*(\d?\d|1[01]\d|120)$'
                    THEN 'is not a whole number from 0 to 120' END),
               ('late_plan', s.late_plan, CASE WHEN NOT EXISTS (
                    SELECT FROM fund.plan AS p WHERE (p.institution_id, p.code) = (i.institution_id, s.late_plan))
                    THEN 'unknown plan of ' || i.code END),
               ('recovery', s.recovery, coalesce(CASE WHEN s.recovery IS NULL THEN 'is required' END,
                    fund.chart_refusal(fund.chart_grammar(i.institution_id), s.recovery))),
               ('due_from', s.due_from, fund.chart_refusal(fund.chart_grammar(i.institution_id), s.due_from)),
               ('due_to', s.due_to, fund.chart_refusal(fund.chart_grammar(i.institution_id), s.due_to)),
               ('suspense', s.suspense, fund.chart_refusal(fund.chart_grammar(i.institution_id), s.suspense))
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL AND (c.value IS NOT NULL OR c.column_name IN ('institution', 'recovery'));
END
$$;
COMMENT ON FUNCTION import.check_closing() IS 'import.check_rows for the kind closing';

GRANT EXECUTE ON FUNCTION import.check_closing() TO hm_rater;

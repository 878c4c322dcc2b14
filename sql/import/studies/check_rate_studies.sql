CREATE FUNCTION import.check_rate_studies()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *, min(line) OVER (PARTITION BY institution, resource, class, period_start) AS twin
          FROM import_stage) AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('resource', s.resource, CASE
                    WHEN s.resource IS NULL OR s.resource NOT IN (SELECT code FROM price.resource)
                    THEN 'unknown resource: one of '
                         || (SELECT string_agg(code, ', ' ORDER BY ordinal) FROM price.resource) END),
               ('period_start', s.period_start, CASE
                    WHEN import.parse_day(s.period_start) IS NULL THEN 'is not a date such as 2026-07-01'
                    WHEN s.twin < s.line THEN 'is already in line ' || s.twin END),
               ('period_end', s.period_end, CASE
                    WHEN import.parse_day(s.period_end) IS NULL THEN 'is not a date such as 2027-07-01'
                    WHEN import.parse_day(s.period_end) <= import.parse_day(s.period_start)
                    THEN 'is not after period_start' END),
               ('cost_pool', s.cost_pool, import.amount_fault(s.cost_pool, true)),
               ('carried_over', s.carried_over, import.amount_fault(s.carried_over, false)),
               ('projected_units', s.projected_units, CASE
                    WHEN s.projected_units IS NULL OR s.projected_units !~ '^\d{1,16}(\.\d{1,3})?$'
                         OR s.projected_units ~ '^0*(\.0*)?$'
                    THEN 'is not a number of units such as 14000000' END),
               ('actual_cost', s.actual_cost, CASE WHEN s.actual_cost IS NOT NULL
                                                   THEN import.amount_fault(s.actual_cost, true) END),
               ('actual_units', s.actual_units, CASE
                    WHEN s.actual_units !~ '^\d{1,16}(\.\d{1,3})?$' THEN 'is not a number of units such as 14600000' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_rate_studies() IS 'import.check_rows for the kind rate-studies';

GRANT EXECUTE ON FUNCTION import.check_rate_studies() TO hm_rater;

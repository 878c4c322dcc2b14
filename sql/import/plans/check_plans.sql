CREATE FUNCTION import.check_plans()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN fund.fund AS f ON f.institution_id = i.institution_id AND f.code = s.fund
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('plan', s.plan, CASE
                    WHEN s.plan IS NULL THEN 'is required'
                    WHEN s.plan ~ '^\(' THEN 'codes in parentheses are reserved' END),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NULL THEN 'is required'
                    ELSE v.starts_fault END),
               ('tier', s.tier, CASE
                    WHEN coalesce(s.tier, '') !~ '^0*[1-9]\d?$' THEN 'is not a whole number from 1 to 99' END),
               ('leg', s.leg, CASE
                    WHEN coalesce(s.leg, '') !~ '^0*[1-9]\d{0,2}$' THEN 'is not a whole number from 1 to 999' END),
               ('fund', s.fund, CASE
                    WHEN s.fund IS NULL THEN 'is required'
                    WHEN i.code IS NOT NULL AND f.code IS NULL THEN 'unknown fund of ' || s.institution END),
               ('weight_ppm', s.weight_ppm, CASE
                    WHEN coalesce(s.weight_ppm, '') !~ '^0*([1-9]\d{0,5}|1000000)$'
                    THEN 'is not a whole number of parts per million' END),
               ('cap', s.cap, import.amount_fault(s.cap, s.cap IS NOT NULL)),
               ('cap_window', s.cap_window, CASE
                    WHEN s.cap_window NOT IN ('life', 'fiscal_year', 'month')
                    THEN 'is not one of life, fiscal_year, month'
                    WHEN s.cap_window IS NOT NULL AND s.cap IS NULL THEN 'belongs to a cap' END),
               ('on_exhaust', s.on_exhaust, CASE
                    WHEN s.on_exhaust NOT IN ('spill', 'redistribute', 'overdraw', 'deny')
                    THEN 'is not one of spill, redistribute, overdraw, deny' END),
               ('approver', s.approver, CASE
                    WHEN s.approver = s.author THEN 'is the author: it takes somebody else to approve it' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF NOT FOUND THEN
        RETURN QUERY SELECT * FROM import.check_plan_rows();
    END IF;
END
$$;
COMMENT ON FUNCTION import.check_plans() IS 'import.check_rows for the kind plans';

GRANT EXECUTE ON FUNCTION import.check_plans() TO hm_rater;

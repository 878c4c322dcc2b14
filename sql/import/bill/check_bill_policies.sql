CREATE FUNCTION import.check_bill_policies()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *,
                 min(line) OVER (PARTITION BY institution, component, unit) AS twin,
                 min(policy) OVER (PARTITION BY institution, component) AS first_policy
          FROM import_stage) AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('component', s.component, CASE
                    WHEN coalesce(s.component, '') NOT IN ('idle', 'core', 'support', 'credit', 'tax')
                    THEN 'is not one of idle, core, support, credit, tax'
                    WHEN s.twin < s.line THEN 'is already in line ' || s.twin END),
               ('policy', s.policy, CASE
                    WHEN s.component = 'idle' AND coalesce(s.policy, '') NOT IN ('line', 'spread')
                    THEN 'is not one of line, spread'
                    WHEN s.component <> 'idle' AND coalesce(s.policy, '') NOT IN ('direct', 'even', 'fixed')
                    THEN 'is not one of direct, even, fixed'
                    WHEN s.policy <> s.first_policy THEN 'differs from another line: ' || s.first_policy END),
               ('unit', s.unit, CASE
                    WHEN s.policy = 'fixed' AND s.unit IS NULL THEN 'is required with fixed parts'
                    WHEN s.policy <> 'fixed' AND s.unit IS NOT NULL THEN 'belongs to fixed parts'
                    WHEN s.unit IS NOT NULL AND i.code IS NOT NULL AND u.code IS NULL
                    THEN 'unknown department of ' || s.institution END),
               ('ppm', s.ppm, CASE
                    WHEN s.policy = 'fixed' AND coalesce(s.ppm, '') !~ '^0*[1-9]\d{0,6}$'
                    THEN 'is not a whole number of parts per million'
                    WHEN s.policy <> 'fixed' AND s.ppm IS NOT NULL THEN 'belongs to fixed parts' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT min(s.line), 'ppm', NULL::text,
           format('the parts of %s add up to %s ppm, not 1000000', s.component, sum(s.ppm::bigint))
    FROM import_stage AS s
    WHERE s.policy = 'fixed'
    GROUP BY s.institution, s.component
    HAVING sum(s.ppm::bigint) <> 1000000;
END
$$;
COMMENT ON FUNCTION import.check_bill_policies() IS 'import.check_rows for the kind bill-policies';

GRANT EXECUTE ON FUNCTION import.check_bill_policies() TO hm_rater;

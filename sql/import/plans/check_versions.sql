-- What was approved, here or before the database was made, is not replaced unasked. A version without an
-- approver may wait with its faults; one that is said to have been approved may not have any.
CREATE FUNCTION import.check_versions()
    RETURNS TABLE (severity text, line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'error', s.line, 'valid_from', f.valid_from,
           'this version of the plan is approved and says something else: enter one with a later valid_from, '
           'or void it first (hubmeter void plans)'
    FROM staged AS s
    JOIN import_stage AS f USING (line)
    WHERE s.line = s.version_line AND NOT s.is_same AND s.status IN ('approved', 'recorded');

    RETURN QUERY
    SELECT CASE WHEN v.approver IS NULL THEN 'warning' ELSE 'error' END, s.line, 'fund', f.fund,
           CASE WHEN v.approver IS NULL THEN 'can''t be approved: ' ELSE '' END || p.reason
    FROM (SELECT s.version_line, s.approver, array_agg(s.plan_leg) AS legs
          FROM staged AS s
          WHERE NOT s.is_same OR s.status = 'waiting'
          GROUP BY s.version_line, s.approver) AS v
    CROSS JOIN LATERAL fund.plan_faults(v.legs) AS p
    JOIN staged AS s ON s.version_line = v.version_line
                    AND ((s.plan_leg).tier, (s.plan_leg).sequence) = (p.tier, p.sequence)
    JOIN import_stage AS f ON f.line = s.line;

    RETURN QUERY
    SELECT 'warning', s.line, 'approver', s.approver,
           format('a file tells who approved plans for usage before %s only: hubmeter plan approve',
                  to_char(fund.history_ends() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'))
    FROM staged AS s
    WHERE s.line = s.version_line AND s.approver IS NOT NULL AND s.valid_from >= fund.history_ends()
      AND s.status IS DISTINCT FROM 'approved';

    RETURN QUERY
    SELECT 'warning', s.line, 'only_classes', f.only_classes, 'no node has had this class yet: ' || c.name
    FROM staged AS s
    JOIN import_stage AS f USING (line)
    CROSS JOIN LATERAL unnest((s.plan_leg).only_classes) AS c (name)
    WHERE c.name <> '' AND NOT EXISTS (SELECT FROM usage.resource_class AS k WHERE k.name = c.name);
END
$$;
COMMENT ON FUNCTION import.check_versions() IS 'What the staged versions of plans may not replace, and what can''t be approved of them';

GRANT EXECUTE ON FUNCTION import.check_versions() TO hm_rater;

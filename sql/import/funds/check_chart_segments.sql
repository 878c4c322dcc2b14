CREATE FUNCTION import.check_chart_segments()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *, min(line) OVER (PARTITION BY institution, segment) AS twin FROM import_stage) AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('position', s.position, CASE
                    WHEN coalesce(s.position, '') !~ '^0*[1-9]\d?$' THEN 'is not a place such as 1' END),
               ('segment', s.segment, CASE
                    WHEN coalesce(s.segment, '') NOT IN ('chart', 'fund', 'org', 'account', 'program', 'activity',
                                                         'location', 'project')
                    THEN 'is not one of chart, fund, org, account, program, activity, location, project'
                    WHEN s.twin < s.line THEN 'is already in line ' || s.twin END),
               ('pattern', s.pattern, CASE
                    WHEN s.pattern IS NULL THEN 'is required'
                    ELSE import.pattern_fault(s.pattern) END),
               ('separator', s.separator, CASE
                    WHEN s.position ~ '^0*1$' AND s.separator IS NOT NULL THEN 'nothing stands before the first segment' END),
               ('optional', s.optional, CASE
                    WHEN s.optional NOT IN ('yes', 'no') THEN 'is neither yes nor no' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *,
                 row_number() OVER places AS place,
                 max(segment) FILTER (WHERE optional = 'yes') OVER places AS left_out
          FROM import_stage
          WINDOW places AS (PARTITION BY institution ORDER BY position::integer, line
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS s
    CROSS JOIN LATERAL (
        VALUES ('position', s.position, CASE
                    WHEN s.position::integer < s.place THEN 'another line of the institution has it'
                    WHEN s.position::integer > s.place THEN 'is not the next place: ' || s.place || ' is missing' END),
               ('optional', s.optional, CASE
                    WHEN s.left_out IS NOT NULL AND s.optional IS DISTINCT FROM 'yes'
                    THEN 'must be yes: ' || s.left_out || ', which stands before it, may be left out' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_chart_segments() IS 'import.check_rows for the kind chart-segments';

GRANT EXECUTE ON FUNCTION import.check_chart_segments() TO hm_rater;

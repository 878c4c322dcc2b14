CREATE FUNCTION import.check_people()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *,
                 first_value(line) OVER named AS first_line,
                 first_value(name) OVER named AS first_name,
                 min(line) OVER (PARTITION BY person, hub, username, valid_from) AS twin
          FROM import_stage
          WINDOW named AS (PARTITION BY person ORDER BY line)) AS s
    JOIN validity AS v USING (line)
    CROSS JOIN LATERAL (
        VALUES ('person', s.person, CASE
                    WHEN s.person IS NULL THEN 'is required'
                    WHEN s.hub IS NULL AND s.twin < s.line THEN 'is already in line ' || s.twin END),
               ('name', s.name, CASE
                    WHEN s.name IS NULL THEN 'is required'
                    WHEN s.person IS NOT NULL AND s.name <> s.first_name
                    THEN 'differs from the name in line ' || s.first_line END),
               ('hub', s.hub, CASE
                    WHEN s.hub IS NULL AND s.username IS NOT NULL THEN 'is required with a user name'
                    ELSE import.hub_fault(s.hub) END),
               ('username', s.username, CASE
                    WHEN s.hub IS NOT NULL AND s.username IS NULL THEN 'is required with a hub'
                    WHEN s.hub IS NOT NULL AND s.twin < s.line THEN 'is already in line ' || s.twin END),
               ('valid_from', s.valid_from, CASE
                    WHEN s.hub IS NULL AND s.valid_from IS NOT NULL THEN 'is said of a user name: a person has none'
                    ELSE v.starts_fault END),
               ('valid_to', s.valid_to, CASE
                    WHEN s.hub IS NULL AND s.valid_to IS NOT NULL THEN 'is said of a user name: a person has none'
                    ELSE v.ends_fault END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_people() IS 'import.check_rows for the kind people';

GRANT EXECUTE ON FUNCTION import.check_people() TO hm_rater;

CREATE FUNCTION import.check_people()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH zone AS MATERIALIZED (
        SELECT h.hub, import.hub_time_zone(h.hub) AS time_zone
        FROM (SELECT DISTINCT hub FROM import_stage) AS h
    )
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *,
                 first_value(line) OVER named AS first_line,
                 first_value(name) OVER named AS first_name,
                 min(line) OVER (PARTITION BY person, hub, username, valid_from) AS twin
          FROM import_stage
          WINDOW named AS (PARTITION BY person ORDER BY line)) AS s
    LEFT JOIN zone AS z USING (hub)
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
                    ELSE import.instant_fault(s.valid_from, coalesce(z.time_zone, 'UTC')) END),
               ('valid_to', s.valid_to, CASE
                    WHEN s.hub IS NULL AND s.valid_to IS NOT NULL THEN 'is said of a user name: a person has none'
                    ELSE import.end_fault(s.valid_from, s.valid_to, coalesce(z.time_zone, 'UTC')) END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    -- A user name is one person's at a time. What is stored and not in the file stays as it is.
    RETURN QUERY
    WITH staged AS MATERIALIZED (SELECT * FROM import.staged_people()),
    other AS (
        SELECT line, person, hub, username, valid FROM staged
        UNION ALL
        SELECT NULL, p.code, a.hub, a.username, a.valid
        FROM org.alias AS a
        JOIN org.person AS p USING (person_id)
        WHERE (a.hub, a.username) IN (SELECT hub, username FROM staged)
          AND a.alias_id NOT IN (SELECT alias_id FROM staged WHERE alias_id IS NOT NULL)
    )
    SELECT DISTINCT ON (s.line)
           s.line, 'person', s.person,
           CASE WHEN o.line IS NOT NULL
                THEN format('user name %s on %s is person %s''s at that time in line %s',
                            s.username, s.hub, o.person, o.line)
                ELSE format('user name %s on %s already belongs to person %s', s.username, s.hub, o.person)
                     || CASE WHEN o.valid = '(,)' THEN '' ELSE ', ' || o.valid::text END
                     || ' (import that one with its valid_to first)' END
    FROM staged AS s
    JOIN other AS o
      ON o.hub = s.hub AND o.username = s.username AND o.valid && s.valid
     AND (o.line IS NULL OR o.line < s.line)
    ORDER BY s.line, o.line NULLS LAST;
END
$$;
COMMENT ON FUNCTION import.check_people() IS 'import.check_file for the kind people';

GRANT EXECUTE ON FUNCTION import.check_people() TO hm_rater;

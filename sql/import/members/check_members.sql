CREATE FUNCTION import.check_members()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN org.person AS p ON p.code = s.person
    LEFT JOIN org.user_group AS g ON g.institution_id = i.institution_id AND g.code = s."group"
    CROSS JOIN LATERAL (
        VALUES ('person', s.person, CASE
                    WHEN s.person IS NULL THEN 'is required'
                    WHEN p.code IS NULL THEN 'unknown person' END),
               ('institution', s.institution, CASE
                    WHEN s.institution IS NULL THEN 'is required'
                    WHEN i.code IS NULL THEN 'unknown institution' END),
               ('group', s."group", CASE
                    WHEN s."group" IS NULL THEN 'is required'
                    WHEN i.code IS NOT NULL AND g.code IS NULL THEN 'unknown group of ' || s.institution END),
               ('weight', s.weight, CASE
                    WHEN s.weight !~ '^0*[1-9]\d{0,6}$' THEN 'is not a whole number from 1 to 9999999' END),
               ('default', s."default", CASE
                    WHEN s."default" NOT IN ('yes', 'no') THEN 'is neither yes nor no' END),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NULL THEN 'is required'
                    ELSE import.instant_fault(s.valid_from, coalesce(i.time_zone, 'UTC')) END),
               ('valid_to', s.valid_to,
                    import.end_fault(s.valid_from, s.valid_to, coalesce(i.time_zone, 'UTC')))
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    -- What is stored and not in the file stays as it is. Every cell is sound by now.
    RETURN QUERY
    WITH staged AS MATERIALIZED (SELECT * FROM import.staged_members()),
    other AS (
        SELECT line, person_id, group_id, is_default, valid FROM staged
        UNION ALL
        SELECT NULL, m.person_id, m.group_id, m.is_default, m.valid
        FROM org.group_member AS m
        WHERE m.person_id IN (SELECT person_id FROM staged)
          AND m.group_member_id NOT IN (SELECT group_member_id FROM staged WHERE group_member_id IS NOT NULL)
    )
    SELECT DISTINCT ON (s.line)
           s.line, 'valid_from', f.valid_from,
           CASE WHEN o.group_id = s.group_id THEN 'the membership overlaps '
                ELSE 'a person has one default group at a time: overlaps '
           END || CASE WHEN o.line IS NOT NULL THEN 'line ' || o.line
                       ELSE 'one that is stored, ' || o.valid::text || ' (import that one with its valid_to first)'
                  END
    FROM staged AS s
    JOIN import_stage AS f USING (line)
    JOIN other AS o
      ON o.person_id = s.person_id
     AND o.valid && s.valid
     AND (o.group_id = s.group_id OR (o.is_default AND s.is_default))
     AND (o.line IS NULL OR o.line < s.line)
    ORDER BY s.line, o.line NULLS LAST;
END
$$;
COMMENT ON FUNCTION import.check_members() IS 'import.check_file for the kind members';

GRANT EXECUTE ON FUNCTION import.check_members() TO hm_rater;

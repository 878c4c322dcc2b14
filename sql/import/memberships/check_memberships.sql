CREATE FUNCTION import.check_memberships()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN org.person AS p ON p.code = s.person
    LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    CROSS JOIN LATERAL (
        VALUES ('person', s.person, CASE
                    WHEN s.person IS NULL THEN 'is required'
                    WHEN p.code IS NULL THEN 'unknown person' END),
               ('institution', s.institution, CASE
                    WHEN s.institution IS NULL THEN 'is required'
                    WHEN i.code IS NULL THEN 'unknown institution' END),
               ('unit', s.unit, CASE
                    WHEN s.unit IS NULL THEN 'is required'
                    WHEN i.code IS NOT NULL AND u.code IS NULL
                    THEN 'unknown department of ' || s.institution END),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NULL THEN 'is required'
                    ELSE import.instant_fault(s.valid_from, coalesce(i.time_zone, 'UTC')) END),
               ('valid_to', s.valid_to,
                    import.end_fault(s.valid_from, s.valid_to, coalesce(i.time_zone, 'UTC'))),
               ('home', s.home, CASE
                    WHEN s.home IS NULL THEN 'is required'
                    WHEN s.home NOT IN ('yes', 'no') THEN 'is neither yes nor no' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    -- What is stored and not in the file stays as it is. Every cell is sound by now.
    RETURN QUERY
    WITH staged AS MATERIALIZED (
        SELECT *, tstzrange(starts, ends) AS valid FROM import.staged_memberships()
    ),
    other AS (
        SELECT line, person_id, unit_id, home, valid FROM staged
        UNION ALL
        SELECT NULL, m.person_id, m.unit_id, m.home, m.valid
        FROM org.membership AS m
        WHERE m.person_id IN (SELECT person_id FROM staged)
          AND m.membership_id NOT IN (SELECT membership_id FROM staged WHERE membership_id IS NOT NULL)
    )
    SELECT DISTINCT ON (s.line)
           s.line, 'valid_from', f.valid_from,
           CASE WHEN o.unit_id = s.unit_id THEN 'the membership overlaps '
                ELSE 'a person has one home department at a time: overlaps '
           END || CASE WHEN o.line IS NOT NULL THEN 'line ' || o.line
                       ELSE 'one that is stored, ' || o.valid::text || ' (import that one with its valid_to first)'
                  END
    FROM staged AS s
    JOIN import_stage AS f USING (line)
    JOIN other AS o
      ON o.person_id = s.person_id
     AND o.valid && s.valid
     AND (o.unit_id = s.unit_id OR (o.home AND s.home))
     AND (o.line IS NULL OR o.line < s.line)
    ORDER BY s.line, o.line NULLS LAST;
END
$$;
COMMENT ON FUNCTION import.check_memberships() IS 'import.check_file for the kind memberships';

GRANT EXECUTE ON FUNCTION import.check_memberships() TO hm_rater;

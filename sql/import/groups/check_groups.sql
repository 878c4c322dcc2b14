CREATE FUNCTION import.check_groups()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN org.user_group AS g ON g.institution_id = i.institution_id AND g.code = s."group"
    LEFT JOIN (SELECT institution, "group", min(kind) AS kind, min(name) AS name
               FROM import_stage GROUP BY institution, "group") AS f
           ON f.institution = s.institution AND f."group" = s."group"
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, CASE
                    WHEN s.institution IS NULL THEN 'is required'
                    WHEN i.code IS NULL THEN 'unknown institution' END),
               ('group', s."group", CASE
                    WHEN s."group" IS NULL AND s.policy IS NULL THEN 'is required, unless the row says a policy'
                    WHEN s."group" ~ '^\(' THEN 'codes in parentheses are reserved'
                    WHEN s."group" ~ '/' THEN 'has a /, which stands between institution and group in a tag' END),
               ('kind', s.kind, CASE
                    WHEN s."group" IS NULL AND s.kind IS NOT NULL THEN 'belongs in the row of a group'
                    WHEN s.kind NOT IN ('course', 'lab', 'project', 'service')
                    THEN 'is not one of course, lab, project, service'
                    WHEN s.kind <> f.kind THEN 'differs from the kind in another line: ' || f.kind
                    WHEN s."group" IS NOT NULL AND g.code IS NULL AND f.kind IS NULL
                    THEN 'is required: the group is new' END),
               ('name', s.name, CASE
                    WHEN s."group" IS NULL AND s.name IS NOT NULL THEN 'belongs in the row of a group'
                    WHEN s.name <> f.name THEN 'differs from the name in another line: ' || f.name
                    WHEN s."group" IS NOT NULL AND g.code IS NULL AND f.name IS NULL
                    THEN 'is required: the group is new' END),
               ('unit', s.unit, CASE
                    WHEN s."group" IS NULL AND s.unit IS NOT NULL THEN 'belongs in the row of a group'
                    WHEN s.unit IS NOT NULL AND i.code IS NOT NULL
                         AND NOT EXISTS (SELECT FROM org.unit AS u
                                         WHERE u.institution_id = i.institution_id AND u.code = s.unit)
                    THEN 'unknown department of ' || s.institution END),
               ('hub', s.hub, CASE
                    WHEN s."group" IS NULL AND s.hub IS NOT NULL THEN 'belongs in the row of a group'
                    ELSE import.hub_fault(s.hub) END),
               ('policy', s.policy, CASE
                    WHEN s."group" IS NOT NULL AND s.policy IS NOT NULL
                    THEN 'belongs in a row of its own, without a group'
                    WHEN s.policy NOT IN ('home', 'weights', 'equal')
                    THEN 'is not one of home, weights, equal' END),
               ('valid_from', s.valid_from,
                    import.instant_fault(s.valid_from, coalesce(i.time_zone, 'UTC'))),
               ('valid_to', s.valid_to,
                    import.end_fault(s.valid_from, s.valid_to, coalesce(i.time_zone, 'UTC')))
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    -- What is stored and not in the file stays as it is. Every cell is sound by now.
    RETURN QUERY
    WITH staged AS MATERIALIZED (SELECT * FROM import.staged_groups()),
    other AS (
        SELECT line, about, institution_id, group_code, subject, valid FROM staged
        UNION ALL
        SELECT NULL, k.about, k.institution_id, k.group_code, k.subject, k.valid
        FROM import.known_groups() AS k
        WHERE (k.about, k.row_id) NOT IN (SELECT about, row_id FROM staged WHERE row_id IS NOT NULL)
    )
    SELECT DISTINCT ON (s.line, s.about)
           s.line, s.about, CASE s.about WHEN 'unit' THEN f.unit WHEN 'hub' THEN f.hub ELSE f.policy END,
           CASE s.about WHEN 'unit' THEN 'a group has one department at a time: overlaps '
                        WHEN 'hub' THEN 'a hub is there for one group at a time: overlaps '
                        ELSE 'an institution has one policy at a time: overlaps ' END
           || CASE WHEN o.line IS NOT NULL THEN 'line ' || o.line
                   ELSE 'one that is stored, ' || o.valid::text || ' (import that one with its valid_to first)' END
    FROM staged AS s
    JOIN import_stage AS f USING (line)
    JOIN other AS o ON o.about = s.about AND o.subject = s.subject AND o.valid && s.valid
                   AND (o.line IS NULL OR o.line < s.line)
    ORDER BY s.line, s.about, o.line NULLS LAST;
END
$$;
COMMENT ON FUNCTION import.check_groups() IS 'import.check_file for the kind groups';

GRANT EXECUTE ON FUNCTION import.check_groups() TO hm_rater;

CREATE FUNCTION import.check_groups()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN org.user_group AS g ON g.institution_id = i.institution_id AND g.code = s."group"
    LEFT JOIN (SELECT institution, "group", min(kind) AS kind, min(name) AS name
               FROM import_stage GROUP BY institution, "group") AS f
           ON f.institution = s.institution AND f."group" = s."group"
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
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
               ('valid_from', s.valid_from, v.starts_fault),
               ('valid_to', s.valid_to, v.ends_fault)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_groups() IS 'import.check_rows for the kind groups';

GRANT EXECUTE ON FUNCTION import.check_groups() TO hm_rater;

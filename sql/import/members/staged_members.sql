-- Same person, group and start: same row. A column that is left out says nothing.
CREATE FUNCTION import.staged_members()
    RETURNS TABLE (line integer, person_id integer, group_id integer, role text, weight integer,
                   is_default boolean, valid tstzrange, group_member_id bigint, is_same boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH s AS MATERIALIZED (
        SELECT s.line, p.person_id, g.group_id, coalesce(s.role, 'member') AS role,
               s.weight::integer AS weight, coalesce(s."default" = 'yes', false) AS is_default,
               tstzrange(import.parse_instant(s.valid_from, i.time_zone),
                         import.parse_instant(s.valid_to, i.time_zone)) AS valid
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
        JOIN org.person AS p ON p.code = s.person
        JOIN org.user_group AS g ON g.institution_id = i.institution_id AND g.code = s."group"
    ),
    merged AS (
        SELECT s.line, s.person_id, s.group_id,
               CASE WHEN m.group_member_id IS NULL OR (SELECT import.has_column('role')) THEN s.role ELSE m.role END
                   AS role,
               CASE WHEN (SELECT import.has_column('weight')) THEN s.weight ELSE m.weight END AS weight,
               CASE WHEN m.group_member_id IS NULL OR (SELECT import.has_column('default')) THEN s.is_default
                    ELSE m.is_default END AS is_default,
               s.valid, m.group_member_id
        FROM s
        LEFT JOIN org.group_member AS m
               ON m.person_id = s.person_id AND m.group_id = s.group_id AND lower(m.valid) = lower(s.valid)
    )
    SELECT n.*, m.group_member_id IS NOT NULL
                AND (m.role, m.weight, m.is_default, m.valid)
                    IS NOT DISTINCT FROM (n.role, n.weight, n.is_default, n.valid)
    FROM merged AS n
    LEFT JOIN org.group_member AS m USING (group_member_id);
END
$$;
COMMENT ON FUNCTION import.staged_members() IS 'The rows of import_stage as members of groups, with the stored row each one is';

GRANT EXECUTE ON FUNCTION import.staged_members() TO hm_rater;

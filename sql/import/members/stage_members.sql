-- Same person, group and start: same row. A column that is left out says nothing.
CREATE FUNCTION import.stage_members() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, p.person_id, g.group_id, coalesce(s.role, 'member') AS role,
               s.weight::integer AS weight, coalesce(s."default" = 'yes', false) AS is_default,
               tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS i ON i.code = s.institution
        JOIN org.person AS p ON p.code = s.person
        JOIN org.user_group AS g ON g.institution_id = i.institution_id AND g.code = s."group"
    ),
    merged AS (
        SELECT s.line, s.person_id, s.group_id, s.valid, m.group_member_id,
               CASE WHEN m.group_member_id IS NULL OR (SELECT import.has_column('role')) THEN s.role ELSE m.role END
                   AS role,
               CASE WHEN (SELECT import.has_column('weight')) THEN s.weight ELSE m.weight END AS weight,
               CASE WHEN m.group_member_id IS NULL OR (SELECT import.has_column('default')) THEN s.is_default
                    ELSE m.is_default END AS is_default
        FROM s
        LEFT JOIN org.group_member AS m
               ON m.person_id = s.person_id AND m.group_id = s.group_id AND lower(m.valid) = lower(s.valid)
    )
    SELECT n.*, 'org.group_member' AS fact, n.group_member_id AS row_id, m.source AS row_source,
           m.group_member_id IS NOT NULL
           AND (m.role, m.weight, m.is_default, m.valid)
               IS NOT DISTINCT FROM (n.role, n.weight, n.is_default, n.valid) AS is_same,
           CASE WHEN n.is_default THEN ARRAY['member', 'default'] ELSE ARRAY['member'] END AS laws,
           ARRAY[n.person_id || '/' || n.group_id, n.person_id::text] AS keys
    FROM merged AS n
    LEFT JOIN org.group_member AS m USING (group_member_id);
END
$$;
COMMENT ON FUNCTION import.stage_members() IS 'import.stage_file for the kind members';

GRANT EXECUTE ON FUNCTION import.stage_members() TO hm_rater;

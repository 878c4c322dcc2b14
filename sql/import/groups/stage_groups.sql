-- A row says up to three things that hold for a time: the department of a group, the group of a hub, the
-- policy of an institution. Same thing and start: same row. A group may be as new as the file.
CREATE FUNCTION import.stage_groups() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, c.law, c.fact, i.institution_id, s."group" AS group_code, s.hub,
               i.institution_id || '/' || s."group" AS group_key, c.key, c.answer,
               tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS i ON i.code = s.institution
        CROSS JOIN LATERAL (
            VALUES ('unit',   'org.group_unit',   i.institution_id || '/' || s."group", s.unit),
                   ('hub',    'org.hub_group',    s.hub, i.institution_id || '/' || s."group"),
                   ('policy', 'org.group_policy', i.institution_id::text, s.policy)
        ) AS c (law, fact, key, answer)
        WHERE c.key IS NOT NULL AND c.answer IS NOT NULL
    ),
    known (law, row_id, source, key, answer, valid) AS (
        SELECT 'unit', k.group_unit_id, k.source, g.institution_id || '/' || g.code, u.code, k.valid
        FROM org.group_unit AS k
        JOIN org.user_group AS g USING (group_id)
        JOIN org.unit AS u USING (unit_id)
        WHERE k.voided_at IS NULL
        UNION ALL
        SELECT 'hub', k.hub_group_id, k.source, k.hub, g.institution_id || '/' || g.code, k.valid
        FROM org.hub_group AS k
        JOIN org.user_group AS g USING (group_id)
        WHERE k.voided_at IS NULL
        UNION ALL
        SELECT 'policy', k.group_policy_id, k.source, k.institution_id::text, k.policy, k.valid
        FROM org.group_policy AS k
        WHERE k.voided_at IS NULL
    )
    SELECT s.line, s.fact, s.institution_id, s.group_code, s.hub, s.answer, s.valid,
           k.row_id::bigint AS row_id, k.source AS row_source,
           coalesce((k.answer, k.valid) = (s.answer, s.valid), false) AS is_same,
           ARRAY[s.law] AS laws, ARRAY[s.key] AS keys
    FROM s
    LEFT JOIN known AS k
           ON k.law = s.law AND k.key = s.key AND lower(k.valid) IS NOT DISTINCT FROM lower(s.valid);
END
$$;
COMMENT ON FUNCTION import.stage_groups() IS 'import.stage_file for the kind groups';

GRANT EXECUTE ON FUNCTION import.stage_groups() TO hm_rater;

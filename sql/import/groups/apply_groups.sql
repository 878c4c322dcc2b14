CREATE FUNCTION import.apply_groups(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint := 0;
    n bigint;
BEGIN
    INSERT INTO org.user_group AS g (institution_id, code, kind, name)
    SELECT i.institution_id, s."group", min(s.kind), min(s.name)
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution
    WHERE s."group" IS NOT NULL
      AND NOT EXISTS (SELECT FROM org.user_group AS k
                      WHERE k.institution_id = i.institution_id AND k.code = s."group")
    GROUP BY i.institution_id, s."group"
    ORDER BY min(s.line);
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    UPDATE org.user_group AS g SET kind = coalesce(s.kind, g.kind), name = coalesce(s.name, g.name)
    FROM (SELECT institution, "group", min(kind) AS kind, min(name) AS name
          FROM import_stage GROUP BY institution, "group") AS s
    JOIN org.institution AS i ON i.code = s.institution
    WHERE g.institution_id = i.institution_id AND g.code = s."group"
      AND (s.kind <> g.kind OR s.name <> g.name);
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT s.*, g.group_id, u.unit_id
    FROM staged AS s
    LEFT JOIN org.user_group AS g ON g.institution_id = s.institution_id AND g.code = s.group_code
    LEFT JOIN org.unit AS u
           ON s.fact = 'org.group_unit' AND u.institution_id = s.institution_id AND u.code = s.answer
    WHERE NOT s.is_same;

    -- Those that are there already first: they make room.
    UPDATE org.group_unit AS k SET unit_id = w.unit_id, valid = w.valid
    FROM wanted AS w WHERE w.fact = 'org.group_unit' AND k.group_unit_id = w.row_id;
    UPDATE org.hub_group AS k SET group_id = w.group_id, valid = w.valid
    FROM wanted AS w WHERE w.fact = 'org.hub_group' AND k.hub_group_id = w.row_id;
    UPDATE org.group_policy AS k SET policy = w.answer, valid = w.valid
    FROM wanted AS w WHERE w.fact = 'org.group_policy' AND k.group_policy_id = w.row_id;

    INSERT INTO org.group_unit (group_id, unit_id, valid, source)
    SELECT w.group_id, w.unit_id, w.valid, apply_groups.source
    FROM wanted AS w WHERE w.fact = 'org.group_unit' AND w.row_id IS NULL;
    INSERT INTO org.hub_group (hub, group_id, valid, source)
    SELECT w.hub, w.group_id, w.valid, apply_groups.source
    FROM wanted AS w WHERE w.fact = 'org.hub_group' AND w.row_id IS NULL;
    INSERT INTO org.group_policy (institution_id, policy, valid, source)
    SELECT w.institution_id, w.answer, w.valid, apply_groups.source
    FROM wanted AS w WHERE w.fact = 'org.group_policy' AND w.row_id IS NULL;
    SELECT count(*) INTO n FROM wanted;
    DROP TABLE wanted;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION import.apply_groups(text) IS 'import.apply_file for the kind groups';

GRANT EXECUTE ON FUNCTION import.apply_groups(text) TO hm_rater;

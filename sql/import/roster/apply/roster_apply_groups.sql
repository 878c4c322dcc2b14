-- A department is that of the group until the roster says another one. Where another source keeps one, it stays.
CREATE FUNCTION import.roster_apply_groups() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    run record;
    n bigint;
BEGIN
    SELECT * INTO run FROM roster_run;
    INSERT INTO org.user_group (institution_id, code, kind, name)
    SELECT run.institution_id, r.key,
           CASE run.format WHEN 'coldfront' THEN 'project' WHEN 'jupyterhub' THEN 'project' ELSE 'course' END,
           coalesce(r.name, r.key)
    FROM known AS r
    WHERE r.kind = 'group' AND r.state <> 'ended' AND NOT r.is_missing
      AND r.key !~ '^\(|/'
      AND NOT EXISTS (SELECT FROM org.user_group AS g
                      WHERE g.institution_id = run.institution_id AND g.code = r.key)
    ORDER BY r.key;
    GET DIAGNOSTICS n = ROW_COUNT;
    INSERT INTO outcome (is_change, n, text) VALUES (true, n, 'new groups');

    UPDATE org.user_group AS g SET name = r.name
    FROM known AS r
    WHERE r.kind = 'group' AND r.state = 'active' AND NOT r.is_missing
      AND g.institution_id = run.institution_id AND g.code = r.key AND r.name <> g.name;
    GET DIAGNOSTICS n = ROW_COUNT;
    INSERT INTO outcome (is_change, n, text) VALUES (true, n, 'groups with another name');

    DROP TABLE IF EXISTS pg_temp.wanted;
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT g.group_id, d.unit_id, k.group_unit_id, k.unit_id AS old_id, lower(k.valid) = run.slot AS is_fresh,
           coalesce(f.is_kept, false) AS is_kept, f.until
    FROM known AS r
    JOIN import.roster_departments(run.roster_id) AS d ON d.group_key = r.key
    JOIN org.user_group AS g ON g.institution_id = run.institution_id AND g.code = r.key
    LEFT JOIN org.group_unit AS k
           ON k.group_id = g.group_id AND k.voided_at IS NULL AND k.source = run.source AND k.valid @> run.slot
    LEFT JOIN (SELECT group_id, bool_or(source <> run.source) AS is_kept, max(upper(valid)) AS until
               FROM org.group_unit WHERE voided_at IS NULL GROUP BY group_id) AS f ON f.group_id = g.group_id
    WHERE r.kind = 'group' AND r.state = 'active' AND NOT r.is_missing
      AND d.unit_id IS DISTINCT FROM k.unit_id;

    UPDATE org.group_unit AS k
    SET unit_id = CASE WHEN w.is_fresh THEN w.unit_id ELSE k.unit_id END,
        valid = CASE WHEN w.is_fresh THEN k.valid ELSE tstzrange(lower(k.valid), run.slot) END
    FROM wanted AS w WHERE k.group_unit_id = w.group_unit_id AND NOT w.is_kept;
    INSERT INTO org.group_unit (group_id, unit_id, valid, source)
    SELECT w.group_id, w.unit_id,
           tstzrange(CASE WHEN w.group_unit_id IS NULL THEN w.until ELSE run.slot END, NULL), run.source
    FROM wanted AS w WHERE NOT w.is_kept AND (w.group_unit_id IS NULL OR NOT w.is_fresh);
    INSERT INTO outcome (is_change, n, text)
    SELECT true, count(*) FILTER (WHERE NOT is_kept), 'departments of groups' FROM wanted
    UNION ALL
    SELECT false, count(*) FILTER (WHERE is_kept), 'departments of groups, which another source keeps' FROM wanted;
    INSERT INTO outcome (is_change, n, text)
    SELECT false, count(*), 'groups without a department'
    FROM known AS r
    JOIN org.user_group AS g ON g.institution_id = run.institution_id AND g.code = r.key
    WHERE r.kind = 'group' AND r.state = 'active' AND NOT r.is_missing
      AND NOT EXISTS (SELECT FROM org.group_unit AS k
                      WHERE k.group_id = g.group_id AND k.voided_at IS NULL AND k.valid @> run.slot);
END
$$;
COMMENT ON FUNCTION import.roster_apply_groups() IS 'Make the groups of the roster, and say which department pays for each from now on, the first one ever since';

GRANT EXECUTE ON FUNCTION import.roster_apply_groups() TO hm_rater;

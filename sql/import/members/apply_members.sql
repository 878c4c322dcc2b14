CREATE FUNCTION import.apply_members() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    n bigint;
BEGIN
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT s.*,
           -- An end that moves changes nothing before the earlier of the two.
           CASE WHEN (m.weight, m.is_default) IS NOT DISTINCT FROM (s.weight, s.is_default)
                THEN least(upper(s.valid), upper(m.valid)) ELSE lower(s.valid) END AS since
    FROM import.staged_members() AS s
    LEFT JOIN org.group_member AS m USING (group_member_id)
    WHERE NOT s.is_same;

    -- Those that are there already first: they make room.
    UPDATE org.group_member AS m
    SET role = w.role, weight = w.weight, is_default = w.is_default, valid = w.valid
    FROM wanted AS w WHERE m.group_member_id = w.group_member_id;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO org.group_member (person_id, group_id, role, weight, is_default, valid)
    SELECT person_id, group_id, role, weight, is_default, valid FROM wanted WHERE group_member_id IS NULL;
    GET DIAGNOSTICS n = ROW_COUNT;

    PERFORM charge.mark_dirty(k.hub, k.since)
    FROM (SELECT a.hub, min(coalesce(w.since, lower(w.valid))) AS since
          FROM wanted AS w JOIN org.alias AS a USING (person_id)
          GROUP BY a.hub) AS k;
    DROP TABLE wanted;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION import.apply_members() IS 'import.apply_file for the kind members';

GRANT EXECUTE ON FUNCTION import.apply_members() TO hm_rater;

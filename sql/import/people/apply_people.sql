CREATE FUNCTION import.apply_people() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    n bigint;
BEGIN
    INSERT INTO org.person AS p (code, name)
    SELECT DISTINCT person, name FROM import_stage
    ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE p.name IS DISTINCT FROM excluded.name;
    GET DIAGNOSTICS changed = ROW_COUNT;

    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT s.*, p.person_id
    FROM import.staged_people() AS s
    JOIN org.person AS p ON p.code = s.person
    WHERE s.old_valid IS DISTINCT FROM s.valid;

    -- Those that are there already first: they make room.
    UPDATE org.alias AS a SET valid = w.valid FROM wanted AS w WHERE a.alias_id = w.alias_id;
    INSERT INTO org.alias (hub, username, person_id, valid)
    SELECT hub, username, person_id, valid FROM wanted WHERE alias_id IS NULL;
    SELECT count(*) INTO n FROM wanted;

    -- Usage of a name changes from the first workload of that name on.
    PERFORM charge.mark_dirty(k.hub, k.since)
    FROM (SELECT h.name AS hub, min(greatest(u.first_slot, lower(w.valid))) AS since
          FROM wanted AS w
          JOIN usage.hub AS h ON h.name = w.hub
          JOIN usage.node AS d USING (hub_id)
          JOIN usage.workload AS u ON u.node_id = d.node_id AND u.username = w.username
          GROUP BY h.name) AS k;
    DROP TABLE wanted;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION import.apply_people() IS 'import.apply_file for the kind people';

GRANT EXECUTE ON FUNCTION import.apply_people() TO hm_rater;

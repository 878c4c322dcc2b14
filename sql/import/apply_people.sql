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

    -- Usage of a new alias was in suspense from the first workload of that name on.
    WITH added AS (
        INSERT INTO org.alias (hub, username, person_id)
        SELECT s.hub, s.username, p.person_id
        FROM import_stage AS s JOIN org.person AS p ON p.code = s.person
        WHERE s.hub IS NOT NULL
        ON CONFLICT (hub, username) DO NOTHING
        RETURNING hub, username
    ),
    first_use AS (
        SELECT h.name AS hub, min(w.first_slot) AS since
        FROM added AS a
        JOIN usage.hub AS h ON h.name = a.hub
        JOIN usage.node AS d USING (hub_id)
        JOIN usage.workload AS w ON w.node_id = d.node_id AND w.username = a.username
        GROUP BY h.name
    ),
    marked AS (SELECT count(charge.mark_dirty(hub, since)) FROM first_use)
    SELECT count(*) INTO n FROM added, marked;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION import.apply_people() IS 'import.apply_file for the kind people';

GRANT EXECUTE ON FUNCTION import.apply_people() TO hm_rater;

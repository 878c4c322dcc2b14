CREATE FUNCTION import.apply_people(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    n bigint;
BEGIN
    INSERT INTO org.person AS p (code, name)
    SELECT DISTINCT person, name FROM import_stage
    ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE p.name IS DISTINCT FROM excluded.name;
    GET DIAGNOSTICS changed = ROW_COUNT;

    -- Those that are there already first: they make room.
    UPDATE org.alias AS a SET valid = s.valid FROM staged AS s WHERE a.alias_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;
    INSERT INTO org.alias (hub, username, person_id, valid, source)
    SELECT s.hub, s.username, p.person_id, s.valid, apply_people.source
    FROM staged AS s
    JOIN org.person AS p ON p.code = s.person
    WHERE s.row_id IS NULL;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION import.apply_people(text) IS 'import.apply_file for the kind people';

GRANT EXECUTE ON FUNCTION import.apply_people(text) TO hm_rater;

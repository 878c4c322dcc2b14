CREATE FUNCTION import.apply_memberships(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE org.membership AS m SET home = s.home, valid = s.valid
    FROM staged AS s WHERE m.membership_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO org.membership (person_id, unit_id, home, valid, source)
    SELECT s.person_id, s.unit_id, s.home, s.valid, apply_memberships.source
    FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_memberships(text) IS 'import.apply_file for the kind memberships';

GRANT EXECUTE ON FUNCTION import.apply_memberships(text) TO hm_rater;

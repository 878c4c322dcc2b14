CREATE FUNCTION import.apply_members(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE org.group_member AS m
    SET role = s.role, weight = s.weight, is_default = s.is_default, valid = s.valid
    FROM staged AS s WHERE m.group_member_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO org.group_member (person_id, group_id, role, weight, is_default, valid, source)
    SELECT s.person_id, s.group_id, s.role, s.weight, s.is_default, s.valid, apply_members.source
    FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_members(text) IS 'import.apply_file for the kind members';

GRANT EXECUTE ON FUNCTION import.apply_members(text) TO hm_rater;

CREATE FUNCTION import.apply_stewards(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE budget.steward AS k SET valid = s.valid FROM staged AS s WHERE k.steward_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO budget.steward (login, institution_id, unit_id, valid, source)
    SELECT s.login, s.institution_id, s.unit_id, s.valid, apply_stewards.source FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_stewards(text) IS 'import.apply_file for the kind stewards';

GRANT EXECUTE ON FUNCTION import.apply_stewards(text) TO hm_rater;

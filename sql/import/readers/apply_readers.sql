CREATE FUNCTION import.apply_readers(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE org.reader AS k SET valid = s.valid FROM staged AS s WHERE k.reader_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO org.reader (login, scope, institution_id, unit_id, group_id, person_id, fund_id, valid, source)
    SELECT s.login, s.scope, s.institution_id,
           CASE s.scope WHEN 'unit'   THEN s.id END, CASE s.scope WHEN 'group' THEN s.id END,
           CASE s.scope WHEN 'person' THEN s.id END, CASE s.scope WHEN 'fund'  THEN s.id END,
           s.valid, apply_readers.source
    FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_readers(text) IS 'import.apply_file for the kind readers';

GRANT EXECUTE ON FUNCTION import.apply_readers(text) TO hm_rater;

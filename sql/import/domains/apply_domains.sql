CREATE FUNCTION import.apply_domains(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE org.domain AS k SET institution_id = s.institution_id, unit_id = s.unit_id, valid = s.valid
    FROM staged AS s WHERE k.domain_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO org.domain (domain, institution_id, unit_id, valid, source)
    SELECT s.domain, s.institution_id, s.unit_id, s.valid, apply_domains.source
    FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_domains(text) IS 'import.apply_file for the kind domains';

GRANT EXECUTE ON FUNCTION import.apply_domains(text) TO hm_rater;

CREATE FUNCTION import.apply_settlements(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE org.settlement AS k SET unit_id = s.unit_id, reason = s.reason, valid = s.valid
    FROM staged AS s WHERE k.settlement_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO org.settlement (hub, username, tag, unit_id, reason, valid, source)
    SELECT s.hub, s.username, s.tag, s.unit_id, s.reason, s.valid, apply_settlements.source
    FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    -- What is left of a bill is settled as "(idle)" and "(residual)".
    UPDATE bill.statement SET is_dirty = true
    WHERE EXISTS (SELECT FROM staged AS s WHERE s.tag ~ '^\(' AND NOT s.is_same);
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_settlements(text) IS 'import.apply_file for the kind settlements';

GRANT EXECUTE ON FUNCTION import.apply_settlements(text) TO hm_rater;

CREATE FUNCTION import.apply_caps(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE fund.cap AS k SET amount = s.amount, overdraw = s.overdraw, valid = s.valid
    FROM staged AS s WHERE k.cap_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO fund.cap (institution_id, scope, fund_id, plan_id, unit_id, person_id, amount, cap_window, overdraw,
                          valid, source)
    SELECT s.institution_id, s.scope, CASE s.scope WHEN 'fund' THEN s.id END, CASE s.scope WHEN 'plan' THEN s.id END,
           CASE s.scope WHEN 'unit' THEN s.id END, CASE s.scope WHEN 'person' THEN s.id END, s.amount, s.cap_window,
           s.overdraw, s.valid, apply_caps.source
    FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_caps(text) IS 'import.apply_file for the kind caps';

GRANT EXECUTE ON FUNCTION import.apply_caps(text) TO hm_rater;

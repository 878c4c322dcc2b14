CREATE FUNCTION import.apply_assignments(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE fund.assignment AS k SET plan_id = s.plan_id, valid = s.valid
    FROM staged AS s WHERE k.assignment_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO fund.assignment (institution_id, plan_id, scope, unit_id, group_id, person_id, tag, valid, source)
    SELECT s.institution_id, s.plan_id, s.scope, CASE s.scope WHEN 'unit' THEN s.id END,
           CASE s.scope WHEN 'group' THEN s.id END, CASE s.scope WHEN 'person' THEN s.id END, s.tag, s.valid,
           apply_assignments.source
    FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_assignments(text) IS 'import.apply_file for the kind assignments';

GRANT EXECUTE ON FUNCTION import.apply_assignments(text) TO hm_rater;

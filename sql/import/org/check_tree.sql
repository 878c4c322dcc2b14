CREATE FUNCTION import.check_tree()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE edge (institution, unit, parent, valid) AS (
        SELECT s.institution, s.unit, s.answer, s.valid
        FROM staged AS s
        WHERE s.fact = 'org.unit_parent'
        UNION
        SELECT i.code, u.code, p.code, e.valid
        FROM org.unit_parent AS e
        JOIN org.unit AS u ON u.unit_id = e.unit_id
        JOIN org.unit AS p ON p.unit_id = e.parent_id
        JOIN org.institution AS i ON i.institution_id = u.institution_id
        WHERE e.unit_parent_id NOT IN (SELECT s.row_id FROM staged AS s
                                       WHERE s.fact = 'org.unit_parent' AND s.row_id IS NOT NULL)
    ),
    above (line, institution, unit, ancestor, valid) AS (
        SELECT s.line, s.institution, s.unit, s.answer, s.valid
        FROM staged AS s
        WHERE s.fact = 'org.unit_parent' AND NOT s.is_same
        UNION
        SELECT a.line, a.institution, a.unit, e.parent, a.valid * e.valid
        FROM above AS a
        JOIN edge AS e ON e.institution = a.institution AND e.unit = a.ancestor AND e.valid && a.valid
        WHERE a.ancestor <> a.unit
    )
    SELECT DISTINCT a.line, 'parent', s.parent, 'the department would belong to itself'
    FROM above AS a
    JOIN import_stage AS s USING (line)
    WHERE a.ancestor = a.unit;
END
$$;
COMMENT ON FUNCTION import.check_tree() IS 'No department below itself, neither within the staged file nor through what is stored';

GRANT EXECUTE ON FUNCTION import.check_tree() TO hm_rater;

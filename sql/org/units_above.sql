CREATE FUNCTION org.units_above(of_institution integer)
    RETURNS TABLE (unit_id integer, ancestor_id integer, distance integer, valid tstzrange)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH RECURSIVE above AS (
            SELECT u.unit_id, u.unit_id AS ancestor_id, 0 AS distance, tstzrange(NULL, NULL) AS valid
            FROM org.unit AS u WHERE u.institution_id = of_institution
            UNION ALL
            SELECT a.unit_id, e.parent_id, a.distance + 1, a.valid * e.valid
            FROM above AS a
            JOIN org.unit_parent AS e ON e.unit_id = a.ancestor_id AND e.valid && a.valid
        )
        SELECT a.unit_id, a.ancestor_id, a.distance, a.valid FROM above AS a;
    END;
COMMENT ON FUNCTION org.units_above(integer) IS 'Every department of an institution with itself and each that it belongs to, so many steps up, and when';

GRANT EXECUTE ON FUNCTION org.units_above(integer) TO hm_rater;

-- As of the later of now and the start of the year, and within it: who plans next year plans by the tree of then,
-- and a year that is over keeps its last one.
CREATE FUNCTION budget.units_above(of_institution integer, fiscal_year integer)
    RETURNS TABLE (unit_id integer, ancestor_id integer, distance integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT a.unit_id, a.ancestor_id, a.distance
        FROM org.institution AS i
        CROSS JOIN LATERAL (SELECT org.year_first_day(fiscal_year, i.fiscal_year_start)::timestamp AS starts) AS y
        CROSS JOIN LATERAL org.units_above(i.institution_id) AS a
        WHERE i.institution_id = of_institution AND a.distance > 0
          AND a.valid @> least(greatest(now(), y.starts AT TIME ZONE i.time_zone),
                               (y.starts + interval '1 year') AT TIME ZONE i.time_zone - usage.slot_length());
    END;
COMMENT ON FUNCTION budget.units_above(integer, integer) IS 'Every department of an institution with each that it belongs to, so many steps up, as budgets of a fiscal year are delegated';

GRANT EXECUTE ON FUNCTION budget.units_above(integer, integer) TO hm_rater;

-- With the rights of the owner, who sees the whole tree; a budget out of sight can't be delegated from.
CREATE FUNCTION budget.parent_of(of_institution integer, of_unit integer, of_year integer) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT b.budget_id
    FROM budget.units_above(of_institution, of_year) AS a
    JOIN budget.budget AS b
      ON (b.institution_id, b.fiscal_year, b.unit_id) = (of_institution, of_year, a.ancestor_id)
    WHERE a.unit_id = of_unit
    ORDER BY a.distance
    LIMIT 1
$$;
COMMENT ON FUNCTION budget.parent_of(integer, integer, integer) IS 'The budget that a new one of a department would be delegated from: that of the nearest department above it that has one for the year; null: none';

GRANT EXECUTE ON FUNCTION budget.parent_of(integer, integer, integer) TO hm_rater, hm_steward;

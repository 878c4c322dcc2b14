-- The login counts: stewards may not see charges, and what sums them for a budget has the owner's rights.
CREATE FUNCTION budget.seen() RETURNS SETOF integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT b.budget_id
    FROM budget.budget AS b
    WHERE (SELECT org.sees_all())
       OR b.institution_id = ANY ((SELECT org.seen_institutions())::integer[])
       OR b.unit_id IN (SELECT budget.steward_units(true))
$$;
COMMENT ON FUNCTION budget.seen() IS 'The budgets that whoever asks may see';

GRANT EXECUTE ON FUNCTION budget.seen() TO hm_rater, hm_finance, hm_controller, hm_steward, hm_dashboard;

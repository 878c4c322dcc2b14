-- With the rights of the owner, as stewards may not see charges.
CREATE FUNCTION budget.seen_days()
    RETURNS TABLE (budget_id integer, day date, amount numeric)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off AS $$
    WITH seen AS MATERIALIZED (
        SELECT b.budget_id, b.institution_id FROM budget.budget AS b WHERE b.budget_id IN (SELECT budget.seen())
    )
    SELECT d.budget_id, d.day, d.amount
    FROM (SELECT DISTINCT s.institution_id FROM seen AS s) AS i
    CROSS JOIN LATERAL budget.daily(i.institution_id) AS d
    WHERE d.budget_id IN (SELECT s.budget_id FROM seen AS s)
$$;
COMMENT ON FUNCTION budget.seen_days() IS 'budget.daily() of every budget that whoever signed in may see';

GRANT EXECUTE ON FUNCTION budget.seen_days() TO hm_rater, hm_finance, hm_controller, hm_steward, hm_dashboard;

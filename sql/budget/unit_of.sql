CREATE FUNCTION budget.unit_of(of_budget integer) RETURNS text
    LANGUAGE sql STABLE
    RETURN (SELECT u.code FROM budget.budget AS b JOIN org.unit AS u USING (unit_id) WHERE b.budget_id = of_budget);
COMMENT ON FUNCTION budget.unit_of(integer) IS 'Code of the department whose budget it is; null: there is none';

GRANT EXECUTE ON FUNCTION budget.unit_of(integer) TO hm_rater, hm_steward;

-- Whoever writes at the same time waits at budget.turn until we have committed, and then sees what we wrote; at
-- REPEATABLE READ, where they would not, they fail there.
CREATE FUNCTION budget.check_budget(checked integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    delegated numeric;
    b record;
BEGIN
    INSERT INTO budget.turn AS t VALUES (checked, 1) ON CONFLICT (budget_id) DO UPDATE SET turns = t.turns + 1;

    SELECT i.currency, u.code, k.fiscal_year, k.amount INTO b
    FROM budget.budget AS k
    JOIN org.institution AS i USING (institution_id)
    JOIN org.unit AS u USING (unit_id)
    WHERE k.budget_id = checked;
    delegated := (SELECT sum(c.amount) FROM budget.budget AS c WHERE c.parent_budget_id = checked);
    IF delegated > b.amount THEN
        RAISE EXCEPTION '% % would be delegated from the budget of % for %, which is % %',
                        delegated, b.currency, b.code, b.fiscal_year, b.amount, b.currency
              USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT k.parent_budget_id AS budget_id FROM budget.budget AS k WHERE k.budget_id = checked
            UNION
            SELECT k.parent_budget_id FROM above AS a JOIN budget.budget AS k USING (budget_id)
        )
        SELECT FROM above WHERE budget_id = checked
    ) THEN
        RAISE EXCEPTION 'the budget of % for % would be delegated from itself', b.code, b.fiscal_year
              USING ERRCODE = 'check_violation';
    END IF;
END
$$;
COMMENT ON FUNCTION budget.check_budget(integer) IS 'Fails when more is delegated from a budget than it is, or it is delegated from itself; until the transaction ends nobody else delegates from it';

GRANT EXECUTE ON FUNCTION budget.check_budget(integer) TO hm_owner; -- a part of the triggers that hold budgets together

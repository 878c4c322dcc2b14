-- With the rights of the caller: the policies of budget.budget say who may.
CREATE FUNCTION budget.set_amount(of_institution text, of_unit text, of_year integer, new_amount numeric)
    RETURNS TABLE (before numeric, after numeric, currency text, parent_unit text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    i record;
    k budget.budget;
BEGIN
    IF new_amount < 0 OR new_amount >= 1e17 OR new_amount <> round(new_amount, 2) THEN
        RAISE EXCEPTION '% is not an amount such as 180000.00', new_amount USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO i FROM budget.named(of_institution, of_unit);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no institution "%"', of_institution USING ERRCODE = 'no_data_found';
    ELSIF i.unit_id IS NULL THEN
        RAISE EXCEPTION 'there is no department "%" of %', of_unit, i.code USING ERRCODE = 'no_data_found';
    END IF;

    SELECT b.* INTO k FROM budget.budget AS b
    WHERE (b.institution_id, b.fiscal_year, b.unit_id) = (i.institution_id, of_year, i.unit_id);
    before := k.amount;
    IF before IS NULL THEN
        INSERT INTO budget.budget AS b (institution_id, unit_id, fiscal_year, amount, delegated_by, parent_budget_id)
        VALUES (i.institution_id, i.unit_id, of_year, new_amount, session_user,
                budget.parent_of(i.institution_id, i.unit_id, of_year))
        RETURNING b.* INTO k;
    ELSIF before <> new_amount THEN
        UPDATE budget.budget AS b SET amount = new_amount, delegated_by = session_user
        WHERE b.budget_id = k.budget_id
        RETURNING b.* INTO k;
        IF NOT FOUND THEN
            RAISE insufficient_privilege;
        END IF;
    END IF;
    SET CONSTRAINTS budget.check_delegation IMMEDIATE;

    RETURN QUERY
    SELECT before, k.amount, i.currency, budget.unit_of(k.parent_budget_id);
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION '% may not set it: a steward sets the budgets of departments below the own one, delegated from budgets there',
                    session_user USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION budget.set_amount(text, text, integer, numeric) IS 'Set the budget of a department for a fiscal year, as whoever signed in; a new one is delegated from that of the nearest department above. Returns it before and after, its currency, and the department it is delegated from (null: none)';

GRANT EXECUTE ON FUNCTION budget.set_amount(text, text, integer, numeric) TO hm_rater, hm_steward;

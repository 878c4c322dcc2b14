CREATE FUNCTION import.apply_budgets() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint := 0;
    n bigint;
BEGIN
    -- From the top down: a budget names the one it is delegated from.
    LOOP
        INSERT INTO budget.budget (institution_id, unit_id, fiscal_year, amount, delegated_by, parent_budget_id)
        SELECT s.institution_id, s.unit_id, s.fiscal_year, s.amount, s.delegated_by, p.budget_id
        FROM staged AS s
        LEFT JOIN budget.budget AS p
               ON (p.institution_id, p.fiscal_year, p.unit_id) = (s.institution_id, s.fiscal_year, s.parent_id)
        WHERE s.row_id IS NULL AND (s.parent_id IS NULL OR p.budget_id IS NOT NULL)
        ON CONFLICT (institution_id, fiscal_year, unit_id) DO NOTHING;
        GET DIAGNOSTICS n = ROW_COUNT;
        EXIT WHEN n = 0;
        added := added + n;
    END LOOP;
    UPDATE budget.budget AS b
    SET amount = s.amount, delegated_by = s.delegated_by,
        parent_budget_id = (SELECT p.budget_id FROM budget.budget AS p
                            WHERE (p.institution_id, p.fiscal_year, p.unit_id)
                                = (s.institution_id, s.fiscal_year, s.parent_id))
    FROM staged AS s WHERE b.budget_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN added + changed;
END
$$;
COMMENT ON FUNCTION import.apply_budgets() IS 'import.apply_file for the kind budgets';

GRANT EXECUTE ON FUNCTION import.apply_budgets() TO hm_rater;

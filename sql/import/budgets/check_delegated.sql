-- Said of the first row with which it is too much; where the file has none, of the budget that became too small.
CREATE FUNCTION import.check_delegated()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH holder AS MATERIALIZED (
        SELECT s.line, s.institution_id, s.fiscal_year, s.unit_id, s.parent_id, s.amount FROM staged AS s
        UNION ALL
        SELECT NULL, b.institution_id, b.fiscal_year, b.unit_id, p.unit_id, b.amount
        FROM budget.budget AS b
        LEFT JOIN budget.budget AS p ON p.budget_id = b.parent_budget_id
        WHERE b.budget_id NOT IN (SELECT s.row_id FROM staged AS s WHERE s.row_id IS NOT NULL)
    ),
    delegated AS (
        SELECT c.line AS child_line, p.line AS parent_line, p.institution_id, p.fiscal_year, p.unit_id, p.amount
            AS held,
               sum(c.amount) OVER (own ORDER BY c.line NULLS FIRST ROWS UNBOUNDED PRECEDING) AS so_far,
               sum(c.amount) OVER own AS total
        FROM holder AS c
        JOIN holder AS p
          ON (p.institution_id, p.fiscal_year, p.unit_id) = (c.institution_id, c.fiscal_year, c.parent_id)
        WINDOW own AS (PARTITION BY p.institution_id, p.fiscal_year, p.unit_id)
    ),
    fault AS (
        SELECT DISTINCT ON (d.institution_id, d.fiscal_year, d.unit_id) d.*
        FROM delegated AS d
        WHERE d.so_far > d.held
        ORDER BY d.institution_id, d.fiscal_year, d.unit_id, d.child_line NULLS FIRST
    )
    SELECT s.line, 'amount', s.amount,
           CASE WHEN d.child_line IS NULL
                THEN format('is less than the %s %s that are delegated from it', d.total, i.currency)
                ELSE format('%s %s would be delegated from the budget of %s for %s, which is %s %s',
                            d.total, i.currency, u.code, d.fiscal_year, d.held, i.currency) END
    FROM fault AS d
    JOIN import_stage AS s ON s.line = coalesce(d.child_line, d.parent_line)
    JOIN org.institution AS i USING (institution_id)
    JOIN org.unit AS u USING (unit_id);
END
$$;
COMMENT ON FUNCTION import.check_delegated() IS 'Staged budgets with which more would be delegated from one than it is';

GRANT EXECUTE ON FUNCTION import.check_delegated() TO hm_rater;

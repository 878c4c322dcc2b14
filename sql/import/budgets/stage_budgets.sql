-- A budget stays delegated from the one it was delegated from. A new one, or one from nowhere, is delegated from
-- that of the nearest department above that has one, in the file or stored.
CREATE FUNCTION import.stage_budgets() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, i.institution_id, u.unit_id, s.fiscal_year::smallint AS fiscal_year,
            s.amount::numeric(20,2) AS amount,
               s.delegated_by
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
        JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    ),
    stored AS (
        SELECT b.institution_id, b.fiscal_year, b.unit_id, b.budget_id, b.amount, b.delegated_by, p.unit_id AS parent_id
        FROM budget.budget AS b
        LEFT JOIN budget.budget AS p ON p.budget_id = b.parent_budget_id
    ),
    holder AS (
        SELECT institution_id, fiscal_year, unit_id FROM s
        UNION
        SELECT institution_id, fiscal_year, unit_id FROM stored
    ),
    nearest AS MATERIALIZED (
        SELECT DISTINCT ON (institution_id, fiscal_year, a.unit_id)
               institution_id, fiscal_year, a.unit_id, a.ancestor_id
        FROM (SELECT DISTINCT institution_id, fiscal_year FROM s) AS y
        CROSS JOIN LATERAL budget.units_above(institution_id, fiscal_year) AS a
        JOIN holder AS h USING (institution_id, fiscal_year)
        WHERE h.unit_id = a.ancestor_id
        ORDER BY institution_id, fiscal_year, a.unit_id, a.distance
    )
    SELECT s.*, coalesce(b.parent_id, n.ancestor_id) AS parent_id, 'budget.budget' AS fact, b.budget_id::bigint
        AS row_id,
           NULL AS row_source,
           (b.amount, b.delegated_by, b.parent_id)
               IS NOT DISTINCT FROM (s.amount, s.delegated_by, coalesce(b.parent_id, n.ancestor_id)) AS is_same,
           NULL::tstzrange AS valid, '{}'::text[] AS laws, '{}'::text[] AS keys
    FROM s
    LEFT JOIN stored AS b USING (institution_id, fiscal_year, unit_id)
    LEFT JOIN nearest AS n USING (institution_id, fiscal_year, unit_id);
END
$$;
COMMENT ON FUNCTION import.stage_budgets() IS 'import.stage_file for the kind budgets';

GRANT EXECUTE ON FUNCTION import.stage_budgets() TO hm_rater;

-- The tree is that of the time of use. Sums are of UTC days and calendar months, so a day within which the tree
-- changes counts as a whole, as of its middle.
CREATE FUNCTION budget.daily(of_institution integer)
    RETURNS TABLE (budget_id integer, day date, amount numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
    WITH used AS MATERIALIZED (
        SELECT t.day, t.month, t.unit_id, sum(t.amount) AS amount
        FROM fund.day_total AS t
        JOIN org.institution AS i USING (institution_id, currency)
        WHERE t.institution_id = of_institution AND t.unit_id IS NOT NULL
        GROUP BY t.day, t.month, t.unit_id
    ),
    span AS MATERIALIZED (
        SELECT u.day, u.month, org.fiscal_year(u.month, i.fiscal_year_start) AS fiscal_year,
               s.starts + (s.ends - s.starts) / 2 AS middle
        FROM (SELECT DISTINCT day, month FROM used) AS u
        JOIN org.institution AS i ON i.institution_id = of_institution
        CROSS JOIN LATERAL (
            SELECT greatest(u.day::timestamp AT TIME ZONE 'UTC', u.month::timestamp AT TIME ZONE i.time_zone) AS starts,
                   least((u.day + 1)::timestamp AT TIME ZONE 'UTC',
                         (u.month + interval '1 month') AT TIME ZONE i.time_zone) AS ends
        ) AS s
    ),
    -- By itself, so that no plan pairs all sums of a year with all budgets of it.
    payer AS MATERIALIZED (
        SELECT b.budget_id, b.fiscal_year, a.unit_id, a.valid
        FROM budget.budget AS b
        JOIN org.units_above(of_institution) AS a ON a.ancestor_id = b.unit_id
    )
    SELECT p.budget_id, u.day, sum(u.amount)
    FROM used AS u
    JOIN span AS s USING (day, month)
    JOIN payer AS p ON p.unit_id = u.unit_id AND p.fiscal_year = s.fiscal_year AND p.valid @> s.middle
    GROUP BY p.budget_id, u.day
$$;
COMMENT ON FUNCTION budget.daily(integer) IS 'What was charged to the department of each budget of an institution, and to all below it, in the budget''s fiscal year, by UTC day of the usage: in the institution''s currency, exact';

GRANT EXECUTE ON FUNCTION budget.daily(integer) TO hm_rater;

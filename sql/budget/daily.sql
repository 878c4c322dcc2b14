-- The tree is that of the time of use. Sums are of UTC days and calendar months, so a day within which the tree
-- changes counts as a whole, as of its middle.
CREATE FUNCTION budget.daily(of_institution integer)
    RETURNS TABLE (budget_id integer, day date, amount numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH used AS MATERIALIZED (
        SELECT t.day, t.unit_id, budget.year_of(t.month, i.fiscal_year_start) AS fiscal_year,
               greatest(d.starts, m.starts AT TIME ZONE i.time_zone) AS starts,
               least(d.starts + interval '1 day', (m.starts + interval '1 month') AT TIME ZONE i.time_zone) AS ends,
               sum(t.amount) AS amount
        FROM org.institution AS i
        JOIN fund.day_total AS t USING (institution_id, currency)
        CROSS JOIN LATERAL (SELECT t.day::timestamp AT TIME ZONE 'UTC' AS starts) AS d
        CROSS JOIN LATERAL (SELECT t.month::timestamp AS starts) AS m
        WHERE i.institution_id = of_institution AND t.unit_id IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT b.budget_id, u.day, sum(u.amount)
    FROM used AS u
    JOIN fund.units_above(of_institution) AS a
      ON a.unit_id = u.unit_id AND a.valid @> u.starts + (u.ends - u.starts) / 2
    JOIN budget.budget AS b
      ON (b.institution_id, b.fiscal_year, b.unit_id) = (of_institution, u.fiscal_year, a.ancestor_id)
    GROUP BY b.budget_id, u.day
$$;
COMMENT ON FUNCTION budget.daily(integer) IS 'What was charged to the department of each budget of an institution, and to all below it, in the budget''s fiscal year, by UTC day of the usage: in the institution''s currency, exact';

GRANT EXECUTE ON FUNCTION budget.daily(integer) TO hm_rater;

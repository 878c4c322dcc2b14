CREATE FUNCTION budget.crossed(of_institution integer)
    RETURNS TABLE (budget_id integer, fund_id integer, percent smallint, spent numeric, amount numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off AS $$
    WITH threshold AS (
        SELECT t.percent FROM budget.threshold AS t WHERE t.institution_id = of_institution
        UNION ALL
        SELECT d.percent FROM unnest('{50,80,100}'::smallint[]) AS d (percent)
        WHERE NOT EXISTS (SELECT FROM budget.threshold AS t WHERE t.institution_id = of_institution)
    ),
    money AS (
        SELECT b.budget_id, NULL::integer AS fund_id, sum(d.amount) AS spent, b.amount
        FROM budget.daily(of_institution) AS d
        JOIN budget.budget AS b USING (budget_id)
        GROUP BY b.budget_id
        UNION ALL
        SELECT NULL, f.fund_id, p.spent, a.amount
        FROM fund.fund AS f
        JOIN org.institution AS i USING (institution_id)
        LEFT JOIN LATERAL fund.worth(f.institution_id, (now() AT TIME ZONE i.time_zone)::date) AS a
               ON a.fund_id = f.fund_id
        JOIN (SELECT l.fund_id, sum(t.amount) AS spent
              FROM fund.day_total AS t
              JOIN fund.plan_leg AS l USING (plan_leg_id)
              WHERE t.institution_id = of_institution
              GROUP BY l.fund_id) AS p ON p.fund_id = f.fund_id
        WHERE f.institution_id = of_institution AND f.is_limited
    )
    SELECT m.budget_id, m.fund_id, t.percent, m.spent, coalesce(m.amount, 0)
    FROM money AS m
    CROSS JOIN threshold AS t
    WHERE m.spent > 0 AND 100 * m.spent >= t.percent * coalesce(m.amount, 0)
$$;
COMMENT ON FUNCTION budget.crossed(integer) IS 'Budgets and limited funds of an institution of which so many percent, by its thresholds, are spent: all of the charges that are funded by now, and what the budget or fund is today';

GRANT EXECUTE ON FUNCTION budget.crossed(integer) TO hm_owner; -- a part of budget.raise_alerts()

-- With the rights of the owner, as stewards may not see charges; budget.seen() says who sees what.
--
-- Days are UTC days. Those that are complete, and over in the institution's calendar too, say how fast money goes.
CREATE FUNCTION budget.figures(at timestamptz)
    RETURNS TABLE (budget_id integer, first_day date, last_day date, is_current boolean,
                   delegated numeric, spent numeric,
                   daily_rate numeric, forecast numeric, forecast_low numeric, forecast_high numeric, run_out_day date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off AS $$
    WITH seen AS MATERIALIZED (
        SELECT b.budget_id, b.amount, y.first_day, y.last_day, c.day AS complete, c.is_current
        FROM budget.budget AS b
        JOIN org.institution AS i USING (institution_id)
        CROSS JOIN LATERAL (SELECT org.year_first_day(b.fiscal_year, i.fiscal_year_start) AS first_day,
                                   org.year_first_day(b.fiscal_year + 1, i.fiscal_year_start) - 1 AS last_day) AS y
        CROSS JOIN LATERAL (SELECT least(y.last_day, (at AT TIME ZONE i.time_zone)::date - 1,
                                         (at AT TIME ZONE 'UTC')::date - 1) AS day,
                                   (at AT TIME ZONE i.time_zone)::date BETWEEN y.first_day AND y.last_day
                                       AS is_current) AS c
        WHERE b.budget_id IN (SELECT budget.seen())
    ),
    spent AS MATERIALIZED (
        SELECT d.budget_id, sum(d.amount) AS amount, array_agg(d.day) AS days, array_agg(d.amount) AS amounts
        FROM budget.seen_days() AS d
        WHERE d.day <= (at AT TIME ZONE 'UTC')::date
        GROUP BY d.budget_id
    )
    SELECT s.budget_id, s.first_day, s.last_day, s.is_current,
           coalesce((SELECT sum(c.amount) FROM budget.budget AS c WHERE c.parent_budget_id = s.budget_id), 0),
           coalesce(p.amount, 0), f.daily_rate, f.forecast, f.forecast_low, f.forecast_high, f.run_out_day
    FROM seen AS s
    LEFT JOIN spent AS p USING (budget_id)
    CROSS JOIN LATERAL budget.forecast(p.days, p.amounts, s.amount, s.first_day, s.last_day, s.complete) AS f
$$;
COMMENT ON FUNCTION budget.figures(timestamptz) IS 'What became of each budget that whoever signed in may see, as of an instant: the days of its year and whether it is the one it is then, what is delegated from it and spent, the pace by day, what will be spent by the end of the year at that pace and at those of the slowest and the fastest week, and the day on which it is exceeded (null: it lasts)';

GRANT EXECUTE ON FUNCTION budget.figures(timestamptz) TO hm_rater, hm_finance, hm_controller, hm_steward, hm_dashboard;

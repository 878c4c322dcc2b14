-- With the rights of the owner, as stewards may not see charges, so it says itself who sees what (org.sees_all).
--
-- Days are UTC days. Those that are complete, and over in the institution's calendar too, say how fast money goes: the
-- last 28 of them in the fiscal year, and the whole weeks of these, counted back from the last.
CREATE FUNCTION budget.figures(at timestamptz)
    RETURNS TABLE (budget_id integer, first_day date, last_day date, is_current boolean,
                   delegated numeric, spent numeric,
                   daily_rate numeric, forecast numeric, forecast_low numeric, forecast_high numeric, run_out_day date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off AS $$
    WITH seen AS MATERIALIZED (
        SELECT b.budget_id, b.institution_id, b.amount, y.first_day, y.last_day, c.day AS complete, c.is_current,
               nullif(greatest(0, least(28, c.day - y.first_day + 1)), 0) AS days -- null: the year has not begun
        FROM budget.budget AS b
        JOIN org.institution AS i USING (institution_id)
        CROSS JOIN LATERAL (SELECT org.year_first_day(b.fiscal_year, i.fiscal_year_start) AS first_day,
                                   org.year_first_day(b.fiscal_year + 1, i.fiscal_year_start) - 1 AS last_day) AS y
        CROSS JOIN LATERAL (SELECT least(y.last_day, (at AT TIME ZONE i.time_zone)::date - 1,
                                         (at AT TIME ZONE 'UTC')::date - 1) AS day,
                                   (at AT TIME ZONE i.time_zone)::date BETWEEN y.first_day AND y.last_day
                                       AS is_current) AS c
        WHERE (SELECT org.sees_all())
           OR b.institution_id = ANY ((SELECT org.seen_institutions())::integer[])
           OR b.unit_id IN (SELECT budget.steward_units(true))
    ),
    daily AS MATERIALIZED (
        SELECT s.budget_id, d.day, d.amount, sum(d.amount) OVER (PARTITION BY s.budget_id ORDER BY d.day) AS so_far
        FROM (SELECT DISTINCT institution_id FROM seen) AS i
        CROSS JOIN LATERAL budget.daily(i.institution_id) AS d
        JOIN seen AS s USING (budget_id)
        WHERE d.day <= (at AT TIME ZONE 'UTC')::date
    ),
    spent AS (
        SELECT s.budget_id, coalesce(sum(d.amount), 0) AS spent,
               coalesce(sum(d.amount) FILTER (WHERE d.day <= s.complete), 0) AS in_full_days,
               coalesce(sum(d.amount) FILTER (WHERE d.day > s.complete - s.days AND d.day <= s.complete), 0) AS lately,
               greatest(s.first_day, min(d.day) FILTER (WHERE d.so_far > s.amount)) AS exceeded_day
        FROM seen AS s
        LEFT JOIN daily AS d USING (budget_id)
        GROUP BY s.budget_id, s.first_day, s.complete, s.days, s.amount
    ),
    week AS (
        SELECT s.budget_id, coalesce(sum(d.amount), 0) AS amount
        FROM seen AS s
        CROSS JOIN generate_series(0, s.days / 7 - 1) AS w (weeks_ago)
        LEFT JOIN daily AS d
               ON d.budget_id = s.budget_id AND d.day > s.complete - 7 * (w.weeks_ago + 1)
              AND d.day <= s.complete - 7 * w.weeks_ago
        GROUP BY s.budget_id, w.weeks_ago
    ),
    pace AS (
        SELECT budget_id, s.amount, s.first_day, s.last_day, s.is_current, s.complete, s.days,
            s.last_day - s.complete AS days_left,
               p.spent, p.in_full_days, p.lately, p.exceeded_day, k.least_week, k.greatest_week
        FROM seen AS s
        JOIN spent AS p USING (budget_id)
        LEFT JOIN (SELECT w.budget_id, min(w.amount) AS least_week, max(w.amount) AS greatest_week
                   FROM week AS w GROUP BY w.budget_id) AS k USING (budget_id)
    )
    SELECT p.budget_id, p.first_day, p.last_day, p.is_current,
           coalesce((SELECT sum(c.amount) FROM budget.budget AS c WHERE c.parent_budget_id = p.budget_id), 0),
           p.spent, round(p.lately / p.days, 9),
           -- What is spent is spent, whatever the pace.
           CASE WHEN p.days > 0 THEN greatest(p.spent, f.mean) END,
           CASE WHEN p.days > 0 THEN greatest(p.spent, least(f.mean, f.low)) END,
           CASE WHEN p.days > 0 THEN greatest(p.spent, f.mean, f.high) END,
           CASE WHEN p.spent > p.amount THEN p.exceeded_day
                WHEN p.lately > 0 AND f.days_to_go <= p.days_left THEN p.complete + f.days_to_go::integer END
    FROM pace AS p
    CROSS JOIN LATERAL (
        SELECT round(p.in_full_days + p.lately * p.days_left / p.days, 9) AS mean,
               round(p.in_full_days + p.least_week * p.days_left / 7, 9) AS low,
               round(p.in_full_days + p.greatest_week * p.days_left / 7, 9) AS high,
               div((p.amount - p.in_full_days) * p.days, nullif(p.lately, 0)) + 1 AS days_to_go
    ) AS f
$$;
COMMENT ON FUNCTION budget.figures(timestamptz) IS 'What became of each budget that whoever signed in may see, as of an instant: the days of its year and whether it is the one it is then, what is delegated from it and spent, the pace by day, what will be spent by the end of the year at that pace and at those of the slowest and the fastest week, and the day on which it is exceeded (null: it lasts)';

GRANT EXECUTE ON FUNCTION budget.figures(timestamptz) TO hm_rater, hm_finance, hm_controller, hm_steward, hm_dashboard;

-- Days that are complete say how fast money goes: the last 28 of them, or as many as there are from the first day on,
-- and the whole weeks of these, counted back from the last.
CREATE FUNCTION budget.forecast(days date[], amounts numeric[], room numeric,
                                first_day date, last_day date, complete date)
    RETURNS TABLE (daily_rate numeric, forecast numeric, forecast_low numeric, forecast_high numeric, run_out_day date)
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
        WITH daily AS (
            SELECT d.day, d.amount, sum(d.amount) OVER (ORDER BY d.day) AS so_far
            FROM unnest(days, amounts) AS d (day, amount)
        ),
        span AS (
            SELECT nullif(greatest(0, least(28, complete - first_day + 1)), 0) AS days, last_day - complete AS days_left
        ),
        spent AS (
            SELECT coalesce(sum(d.amount), 0) AS spent,
                   coalesce(sum(d.amount) FILTER (WHERE d.day <= complete), 0) AS in_full_days,
                   coalesce(sum(d.amount) FILTER (WHERE d.day > complete - s.days AND d.day <= complete), 0) AS lately,
                   greatest(first_day, min(d.day) FILTER (WHERE d.so_far > room)) AS exceeded_day
            FROM span AS s
            LEFT JOIN daily AS d ON true
        ),
        week AS (
            SELECT min(w.amount) AS least, max(w.amount) AS greatest
            FROM (SELECT coalesce(sum(d.amount), 0) AS amount
                  FROM span AS s
                  CROSS JOIN generate_series(0, s.days / 7 - 1) AS w (weeks_ago)
                  LEFT JOIN daily AS d
                         ON d.day > complete - 7 * (w.weeks_ago + 1) AND d.day <= complete - 7 * w.weeks_ago
                  GROUP BY w.weeks_ago) AS w
        )
        SELECT round(p.lately / s.days, 9),
               -- What is spent is spent, whatever the pace.
               CASE WHEN f.mean IS NOT NULL THEN greatest(p.spent, f.mean) END,
               CASE WHEN f.mean IS NOT NULL THEN greatest(p.spent, least(f.mean, f.low)) END,
               CASE WHEN f.mean IS NOT NULL THEN greatest(p.spent, f.mean, f.high) END,
               CASE WHEN p.spent > room THEN p.exceeded_day
                    -- Without a last day: within a hundred years.
                    WHEN p.lately > 0 AND f.days_to_go <= coalesce(s.days_left, 36525)
                    THEN complete + f.days_to_go::integer END
        FROM span AS s
        CROSS JOIN spent AS p
        CROSS JOIN week AS w
        CROSS JOIN LATERAL (
            SELECT round(p.in_full_days + p.lately * s.days_left / s.days, 9) AS mean,
                   round(p.in_full_days + w.least * s.days_left / 7, 9) AS low,
                   round(p.in_full_days + w.greatest * s.days_left / 7, 9) AS high,
                   div((room - p.in_full_days) * s.days, nullif(p.lately, 0)) + 1 AS days_to_go
        ) AS f;
    END;
COMMENT ON FUNCTION budget.forecast(date[], numeric[], numeric, date, date, date) IS 'From what was spent on days, in the same order: the pace by day up to the last complete one, what will be spent by the last day (null: open) at that pace and at those of the slowest and the fastest week, and the day on which it is more than there is room for (null: it lasts). All null: the first day is yet to come';

GRANT EXECUTE ON FUNCTION budget.forecast(date[], numeric[], numeric, date, date, date)
    TO hm_rater, hm_finance, hm_controller, hm_steward, hm_dashboard;

-- As budgets are forecast (budget.forecast), with the period of performance for the fiscal year. A fund that paid
-- all it may has run out, while a budget is exceeded by what is more.
CREATE VIEW report.fund_forecast WITH (security_invoker = true, security_barrier = true) AS
WITH fund AS (
    SELECT b.*, f.fund_id, b.authorised + b.overdraw AS room,
           least(b.last_day, (now() AT TIME ZONE i.time_zone)::date - 1,
                 (now() AT TIME ZONE 'UTC')::date - 1) AS complete
    FROM report.fund_balance AS b
    JOIN org.institution AS i ON i.code = b.institution
    JOIN fund.fund AS f ON (f.institution_id, f.code) = (i.institution_id, b.fund)
),
paid AS (
    SELECT d.fund_id, array_agg(d.day) AS days, array_agg(d.amount) AS amounts,
           min(d.day) FILTER (WHERE d.so_far >= d.room) AS full_day
    FROM (SELECT d.fund_id, d.day, d.amount, f.room,
                 sum(d.amount) OVER (PARTITION BY d.fund_id ORDER BY d.day) AS so_far
          FROM fund.daily AS d
          JOIN fund AS f USING (fund_id)) AS d
    GROUP BY d.fund_id
)
SELECT f.institution, f.fund, f.name, f.kind, f.status, f.authorised, f.spent, f.held, f.available,
       p.daily_rate, p.forecast, p.forecast_low, p.forecast_high,
       CASE WHEN f.spent >= f.room THEN d.full_day ELSE p.run_out_day END AS run_out_day,
       f.first_day, f.last_day, f.currency
FROM fund AS f
LEFT JOIN paid AS d USING (fund_id)
CROSS JOIN LATERAL budget.forecast(d.days, d.amounts, f.room, f.first_day, f.last_day, f.complete) AS p;

COMMENT ON VIEW report.fund_forecast IS 'Every fund: how fast it is spent, and whether it lasts until its period of performance is over';
COMMENT ON COLUMN report.fund_forecast.institution IS 'Code of the institution whose fund it is';
COMMENT ON COLUMN report.fund_forecast.fund IS 'Code of the fund';
COMMENT ON COLUMN report.fund_forecast.name IS 'Its name';
COMMENT ON COLUMN report.fund_forecast.kind IS 'As report.fund_balance.kind';
COMMENT ON COLUMN report.fund_forecast.status IS 'As report.fund_balance.status';
COMMENT ON COLUMN report.fund_forecast.authorised IS 'Award and amendments that count today; null: not limited';
COMMENT ON COLUMN report.fund_forecast.spent IS 'What it paid, all in all, to nano-units of the currency';
COMMENT ON COLUMN report.fund_forecast.held IS 'What liens hold for servers that run now, and is not spent yet: no part of the forecast';
COMMENT ON COLUMN report.fund_forecast.available IS 'authorised + overdraw - spent - held; null: not limited';
COMMENT ON COLUMN report.fund_forecast.daily_rate IS 'Paid by day in the last 28 complete days of the period of performance, or as many as there are; null: it has not begun';
COMMENT ON COLUMN report.fund_forecast.forecast IS 'What will be paid by the last day at that rate, whether there is as much or not; null: it has not begun or no last day';
COMMENT ON COLUMN report.fund_forecast.forecast_low IS 'The same at the rate of that week, of those 28 days, in which least was paid';
COMMENT ON COLUMN report.fund_forecast.forecast_high IS 'The same at the rate of the week in which most was paid';
COMMENT ON COLUMN report.fund_forecast.run_out_day IS 'Day on which all of it, overdraw included, was paid, or on which the daily rate is more than is left; null: it lasts, or is not limited';
COMMENT ON COLUMN report.fund_forecast.first_day IS 'First day of the period of performance as amended; null: ever since';
COMMENT ON COLUMN report.fund_forecast.last_day IS 'Its last day, which is part of it; null: open';
COMMENT ON COLUMN report.fund_forecast.currency IS 'ISO 4217 code: the institution''s currency';

GRANT SELECT ON report.fund_forecast TO hm_finance, hm_rater, hm_dashboard;
-- What it reads beside other views, and no more.
GRANT SELECT (institution_id, fund_id, code) ON fund.fund TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance, hm_dashboard;

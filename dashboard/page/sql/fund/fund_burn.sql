SELECT d.day::text, d.amount, d.spent, f.authorised AS budget, 'authorised' AS limit_name,
       coalesce(f.first_day, min(d.day) OVER ())::text AS first_day,
       coalesce(f.last_day, max(d.day) OVER ())::text AS last_day,
       CASE WHEN f.last_day >= current_date THEN f.forecast END AS forecast, f.forecast_low, f.forecast_high,
       f.run_out_day::text, d.currency
FROM report.fund_forecast AS f
JOIN report.fund_day AS d USING (institution, fund)
WHERE f.institution = :'institution' AND f.fund = :'fund'
ORDER BY d.day

-- The budget of the department day by day, its figures in every row.
SELECT d.day::text, d.amount, d.spent, s.budget, s.first_day::text, s.last_day::text,
       CASE WHEN s.last_day >= current_date THEN s.forecast END AS forecast, s.forecast_low, s.forecast_high,
       s.run_out_day::text, d.currency
FROM report.budget_status AS s
JOIN report.budget_day AS d USING (institution, unit, fiscal_year)
WHERE s.institution = :'institution' AND s.unit = :'unit'
  AND (:'month' || '-01')::date BETWEEN s.first_day AND s.last_day
ORDER BY d.day

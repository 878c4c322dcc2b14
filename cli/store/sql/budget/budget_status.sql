-- $1 institution, $2 department with what is below it, '' for all; $3 fiscal year, '' for the one it is now; $4 digits
SELECT institution, unit, fiscal_year, budget, delegated, trim_scale(round(spent, $4::integer)) AS spent,
       trim_scale(round(available, $4::integer)) AS available, percent_used,
       trim_scale(round(daily_rate, $4::integer)) AS daily_rate, trim_scale(round(forecast, $4::integer)) AS forecast,
       trim_scale(round(forecast_low, $4::integer)) AS forecast_low,
       trim_scale(round(forecast_high, $4::integer)) AS forecast_high, run_out_day, currency
FROM report.budget_status
WHERE $1 IN ('', institution) AND CASE WHEN $3 = '' THEN is_current ELSE fiscal_year::text = $3 END
  AND ($2 = '' OR (institution, unit) IN (SELECT b.institution, b.department
                                          FROM report.units_below($2, date_trunc('month', now())::date) AS b))
ORDER BY report.budget_status.institution, report.budget_status.fiscal_year, report.budget_status.unit

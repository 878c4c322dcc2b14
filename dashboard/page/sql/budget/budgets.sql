SELECT b.unit, b.fiscal_year, b.budget, b.delegated, b.spent, b.available, b.percent_used, b.forecast,
       b.run_out_day::text, CASE WHEN b.spent > b.budget THEN 'exceeded' WHEN b.run_out_day IS NOT NULL THEN 'runs out'
                                 ELSE 'lasts' END AS state,
       CASE WHEN b.spent > b.budget THEN 'bad' WHEN b.run_out_day IS NOT NULL THEN 'warn' ELSE 'good' END AS level,
       b.currency
FROM report.budget_status AS b
WHERE b.institution = :'institution' AND (:'month' || '-01')::date BETWEEN b.first_day AND b.last_day
ORDER BY b.percent_used DESC NULLS LAST, b.unit

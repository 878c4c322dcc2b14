SELECT f.fund, f.name, f.kind, f.status,
       CASE f.status WHEN 'active' THEN CASE WHEN f.run_out_day IS NULL THEN 'good' ELSE 'warn' END
                     WHEN 'overdrawn' THEN 'bad' WHEN 'exhausted' THEN 'bad' ELSE '' END AS level,
       f.authorised, f.spent, f.held, f.available, f.forecast, f.run_out_day::text, f.last_day::text, f.currency
FROM report.fund_forecast AS f
WHERE f.institution = :'institution'
ORDER BY f.run_out_day NULLS LAST, f.fund

SELECT b.fund, b.name, b.kind, b.status, b.chart_string, b.authorised, b.spent, b.held, b.available,
       coalesce(b.first_day::text, 'ever since') AS first_day, coalesce(b.last_day::text, 'open') AS last_day,
       coalesce(b.last_posting::text, 'any') AS last_posting, b.currency
FROM report.fund_balance AS b
WHERE b.institution = :'institution' AND b.fund = :'fund'

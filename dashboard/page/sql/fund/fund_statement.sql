SELECT s.number, s.day::text, s.kind, s.reference, s.plan, to_char(s.month, 'YYYY-MM') AS usage_month, s.change, s.balance,
       s.currency
FROM report.fund_statement AS s
WHERE s.institution = :'institution' AND s.fund = :'fund'
ORDER BY s.number DESC

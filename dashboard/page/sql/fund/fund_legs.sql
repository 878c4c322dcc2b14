SELECT to_char(l.month, 'YYYY-MM') AS month, l.plan, l.department, sum(l.amount) AS amount, l.currency
FROM report.fund_leg AS l
WHERE l.institution = :'institution' AND l.fund = :'fund'
GROUP BY l.month, l.plan, l.department, l.currency
ORDER BY l.month DESC, l.department, l.plan

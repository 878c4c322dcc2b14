SELECT b.issuer, b.account, b.lines, b.total, b.people, b.shared, b.idle, b.residual, b.difference, b.state,
       CASE WHEN b.difference = 0 AND b.state = 'distributed' THEN 'good' ELSE 'warn' END AS level, b.currency
FROM report.bill_reconciliation AS b
WHERE b.institution = :'institution' AND b.month = :'month'
ORDER BY b.issuer, b.account, b.currency

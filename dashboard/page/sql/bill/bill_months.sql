SELECT to_char(r.month, 'YYYY-MM') AS month, r.bill, r.attributed, r.idle, r.shared, r.unattributed, r.difference, r.state,
       CASE WHEN r.difference = 0 AND r.state = 'distributed' THEN 'good' WHEN r.difference = 0 THEN 'warn' ELSE 'bad' END
           AS level, r.currency
FROM report.cost_reconciliation AS r
WHERE r.institution = :'institution'
  AND r.month BETWEEN ((:'month' || '-01')::date - interval '11 months')::date AND (:'month' || '-01')::date
ORDER BY r.month DESC, r.currency

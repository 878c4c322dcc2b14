-- The same as parts, for the chart.
SELECT to_char(r.month, 'YYYY-MM') AS month, p.part, p.amount, r.currency
FROM report.cost_reconciliation AS r
CROSS JOIN LATERAL (VALUES (1, 'attributed', r.attributed), (2, 'idle', r.idle), (3, 'shared', r.shared),
                           (4, 'unattributed', r.unattributed), (5, 'not distributed', r.difference))
    AS p (place, part, amount)
WHERE r.institution = :'institution'
  AND r.month BETWEEN ((:'month' || '-01')::date - interval '11 months')::date AND (:'month' || '-01')::date
ORDER BY p.place, r.month

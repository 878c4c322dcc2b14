SELECT to_char(a.month, 'YYYY-MM') AS usage_month, a.department,
       CASE a.basis WHEN 'rate_card' THEN 'price book' WHEN 'actual' THEN 'bill' ELSE a.basis END AS account,
       a.lines, a.reason, a.amount, a.currency
FROM report.adjustment AS a
WHERE a.institution = :'institution' AND a.period = (:'month' || '-01')::date
  AND (:'unit' = '' OR a.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                        WHERE b.institution = :'institution'))
ORDER BY a.month, a.department, a.basis

SELECT c.department, c.component, sum(c.amount) AS amount, c.currency
FROM report.bill_cost AS c
WHERE c.institution = :'institution' AND c.month = (:'month' || '-01')::date
  AND (:'unit' = '' OR c.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                        WHERE b.institution = :'institution'))
GROUP BY c.department, c.component, c.currency
ORDER BY amount DESC, c.department, c.component

SELECT i.department, i.resource, i.reserved, i.used, i.idle, i.unit, i.idle_percent, i.amount, i.idle_amount, i.currency
FROM report.idle_cost AS i
WHERE i.institution = :'institution' AND i.month = (:'month' || '-01')::date AND i.idle > 0
  AND (:'unit' = '' OR i.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                        WHERE b.institution = :'institution'))
ORDER BY i.idle_amount DESC, i.department, i.resource

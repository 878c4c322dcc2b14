SELECT m.resource, sum(m.amount) AS amount, sum(m.market_amount) AS market_amount, sum(m.saving) AS saving, m.currency
FROM report.market_cost AS m
WHERE m.institution = :'institution' AND m.month = (:'month' || '-01')::date AND m.market_amount IS NOT NULL
  AND (:'unit' = '' OR m.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                        WHERE b.institution = :'institution'))
GROUP BY m.resource, m.currency
ORDER BY saving DESC, m.resource

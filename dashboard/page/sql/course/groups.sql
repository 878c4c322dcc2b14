SELECT g.group_code, g.kind, g.name, g.department, g.people, g.amount, g.currency
FROM report.group_cost AS g
WHERE g.institution = :'institution' AND g.month = (:'month' || '-01')::date AND g.basis = 'rate_card'
  AND (:'unit' = '' OR g.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                        WHERE b.institution = :'institution'))
ORDER BY g.amount DESC NULLS LAST, g.group_code

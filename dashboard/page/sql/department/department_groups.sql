SELECT group_code, kind, name, people, amount, currency
FROM report.group_cost
WHERE institution = :'institution' AND month = (:'month' || '-01')::date AND basis = 'rate_card'
  AND department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                     WHERE b.institution = :'institution')
ORDER BY amount DESC, group_code

-- Who it was used by, the most expensive first.
SELECT person, username, hub, department, sum(amount) AS amount, currency
FROM report.user_cost
WHERE institution = :'institution' AND month = (:'month' || '-01')::date
  AND (:'unit' = '' OR department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                      WHERE b.institution = :'institution'))
GROUP BY person, username, hub, department, currency
ORDER BY amount DESC, hub, username

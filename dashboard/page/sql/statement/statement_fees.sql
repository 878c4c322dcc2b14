-- Of no person, server or resource: where one is chosen there are none.
SELECT f.fee, f.kind, f.department, f.users, f.amount, f.currency
FROM report.fee_cost AS f
WHERE f.institution = :'institution' AND f.month = (:'month' || '-01')::date
  AND (:'unit' = '' OR f.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                        WHERE b.institution = :'institution'))
  AND (:'person' || :'username' || :'hub' || :'group' || :'resource' || :'day') = ''
ORDER BY f.fee, f.department

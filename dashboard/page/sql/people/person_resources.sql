SELECT department, resource, sum(used) AS used, sum(billable) AS billable, unit, sum(amount) AS amount, currency
FROM report.user_cost
WHERE institution = :'institution' AND month = (:'month' || '-01')::date
  AND coalesce(person, '') = :'person' AND (:'username' = '' OR username = :'username') AND (:'hub' = '' OR hub = :'hub')
GROUP BY department, resource, unit, currency
ORDER BY amount DESC, department, resource

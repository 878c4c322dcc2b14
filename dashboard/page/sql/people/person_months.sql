SELECT to_char(month, 'YYYY-MM') AS month, department, sum(amount) AS amount, currency
FROM report.user_cost
WHERE institution = :'institution'
  AND month BETWEEN ((:'month' || '-01')::date - interval '11 months')::date AND (:'month' || '-01')::date
  AND coalesce(person, '') = :'person' AND (:'username' = '' OR username = :'username') AND (:'hub' = '' OR hub = :'hub')
GROUP BY month, department, currency
ORDER BY department, month

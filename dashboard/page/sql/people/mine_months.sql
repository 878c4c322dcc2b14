SELECT to_char(u.month, 'YYYY-MM') AS month, u.resource, sum(u.amount) AS amount, u.currency
FROM report.user_cost AS u
WHERE u.institution = :'institution'
  AND u.month BETWEEN ((:'month' || '-01')::date - interval '11 months')::date AND (:'month' || '-01')::date
  AND u.person IN (SELECT s.code FROM report.sight() AS s WHERE s.scope = 'person')
GROUP BY u.month, u.resource, u.currency
ORDER BY u.resource, u.month

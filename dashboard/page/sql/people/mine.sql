-- What the reader's own user names used; whoever sees more sees it elsewhere.
SELECT u.hub, u.username, u.person, u.department, u.resource, sum(u.used) AS used, sum(u.billable) AS billable, u.unit,
       sum(u.amount) AS amount, u.currency
FROM report.user_cost AS u
WHERE u.institution = :'institution' AND u.month = (:'month' || '-01')::date
  AND u.person IN (SELECT s.code FROM report.sight() AS s WHERE s.scope = 'person')
GROUP BY u.hub, u.username, u.person, u.department, u.resource, u.unit, u.currency
ORDER BY u.hub, u.username, amount DESC

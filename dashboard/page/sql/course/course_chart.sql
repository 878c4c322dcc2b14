-- As the weeks, in the order of time.
SELECT c.first_day::text AS month, 'cost of the week' AS series, c.amount, c.currency
FROM report.course_cost AS c
WHERE c.institution = :'institution' AND c.course = :'group'
  AND c.first_day > (:'month' || '-01')::date - interval '12 weeks'
  AND c.first_day < (:'month' || '-01')::date + interval '1 month'
ORDER BY c.first_day

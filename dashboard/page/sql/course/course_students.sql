SELECT s.person, s.username, sum(s.used_core_sec) AS used, 'core-seconds' AS unit, sum(s.amount) AS amount, s.currency
FROM report.course_student AS s
WHERE s.institution = :'institution' AND s.course = :'group'
  AND s.week >= (:'month' || '-01')::date - interval '6 days' AND s.week < (:'month' || '-01')::date + interval '1 month'
GROUP BY s.person, s.username, s.currency
ORDER BY amount DESC, s.username

SELECT c.first_day::text, c.last_day::text, c.students, c.amount, c.per_student, c.currency
FROM report.course_cost AS c
WHERE c.institution = :'institution' AND c.course = :'group'
ORDER BY c.first_day DESC

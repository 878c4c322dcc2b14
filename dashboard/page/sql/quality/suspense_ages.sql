SELECT s.reason, s.age, s.people, s.amount, s.oldest_day::text, s.currency
FROM report.suspense_age AS s
WHERE s.institution = :'institution'
ORDER BY s.oldest_day, s.reason, s.age

SELECT identity, scope, coalesce(institution, 'all') AS institution, coalesce(code, 'all') AS code
FROM report.sight()
ORDER BY scope, institution, code

SELECT p.hub, p.day::text, coalesce(p.failure, 'not rated yet') AS why, to_char(p.failed_at, 'YYYY-MM-DD HH24:MI') AS tried_at
FROM report.pending_rating AS p
WHERE p.institution = :'institution'
ORDER BY p.day, p.hub

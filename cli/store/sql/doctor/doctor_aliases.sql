SELECT DISTINCT format('%s on %s', username, hub) FROM report.suspense
WHERE reason = 'no alias'
ORDER BY 1

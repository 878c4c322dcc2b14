SELECT DISTINCT format('%s on %s, tag %s', username, hub, tag) FROM report.suspense
WHERE reason = 'tag without membership' OR (reason = 'group without department' AND tag <> '')
UNION
SELECT DISTINCT format('%s on %s', username, hub) FROM report.suspense
WHERE reason = 'group without department' AND tag = ''
ORDER BY 1

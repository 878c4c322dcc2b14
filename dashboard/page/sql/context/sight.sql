-- What the reader may see at all.
SELECT scope, institution, code
FROM report.sight()
ORDER BY scope, institution, code

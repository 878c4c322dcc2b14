SELECT a.kind, a.code, a.percent, a.spent, a.amount, to_char(a.raised_at, 'YYYY-MM-DD HH24:MI') AS raised_at,
       CASE WHEN a.ended_at IS NULL THEN 'crossed' ELSE 'ended' END AS state,
       CASE WHEN a.ended_at IS NOT NULL THEN '' WHEN a.percent >= 100 THEN 'bad' ELSE 'warn' END AS level, a.currency
FROM report.alert AS a
WHERE a.institution = :'institution'
ORDER BY a.ended_at IS NOT NULL, a.raised_at DESC, a.id DESC

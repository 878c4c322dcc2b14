SELECT c.hub, c.node, 100 * c.observed / nullif(c.expected, 0) AS percent, c.expected / 3600 AS expected_hours,
       (c.expected - c.observed) / 3600 AS missing_hours,
       to_char(c.silent_since, 'YYYY-MM-DD HH24:MI') AS silent_since
FROM report.coverage AS c
WHERE c.institution = :'institution' AND c.month = (:'month' || '-01')::date
ORDER BY missing_hours DESC, c.hub, c.node

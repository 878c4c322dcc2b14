SELECT c.hub, c.day::text, c.nodes, c.observed, c.expected, trunc(c.percent)::integer AS percent
FROM report.completeness AS c
WHERE c.institution = :'institution' AND c.source = 'node'
  AND c.day >= (:'month' || '-01')::date AND c.day < (:'month' || '-01')::date + interval '1 month'
ORDER BY c.hub, c.day

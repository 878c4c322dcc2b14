-- What must be nothing: a row for each law.
WITH month AS NOT MATERIALIZED (SELECT (:'month' || '-01')::date AS month)
SELECT 'sums of departments and people are the charges' AS law, count(*) AS checked,
       count(*) FILTER (WHERE r.difference <> 0 OR r.shares <> r.rolled_up) AS broken
FROM report.rollup_reconciliation AS r, month AS m WHERE r.institution = :'institution' AND r.month = m.month
UNION ALL
SELECT 'what is charged is what funds pay and what none pays yet', count(*), count(*) FILTER (WHERE f.difference <> 0)
FROM report.funding_reconciliation AS f, month AS m WHERE f.institution = :'institution' AND f.month = m.month
UNION ALL
SELECT 'bill = attributed + idle + shared + unattributed', count(*), count(*) FILTER (WHERE c.difference <> 0)
FROM report.cost_reconciliation AS c, month AS m WHERE c.institution = :'institution' AND c.month = m.month
UNION ALL
SELECT 'used on a node = people + system', count(*), count(*) FILTER (WHERE n.difference <> 0)
FROM report.node_reconciliation AS n, month AS m WHERE n.institution = :'institution' AND n.month = m.month
ORDER BY 1

SELECT n.hub, n.node, n.measured / 3600 AS measured_hours, n.people / 3600 AS people_hours,
       n.system / 3600 AS system_hours, n.discrepancy / 3600 AS discrepancy_hours,
       100 * n.discrepancy / nullif(greatest(n.measured, n.measured - n.discrepancy), 0) AS percent,
       n.steal / 3600 AS steal_hours, CASE WHEN n.has_restarted THEN 'started over' END AS counter
FROM report.node_reconciliation AS n
WHERE n.institution = :'institution' AND n.month = (:'month' || '-01')::date AND n.resource = 'cpu'
  AND n.measured IS NOT NULL
ORDER BY abs(n.discrepancy) DESC, n.hub, n.node

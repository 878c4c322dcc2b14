INSERT INTO pg_temp.known_workload
SELECT s.number, w.workload_id, n.hub_id
FROM pg_temp.stage_workload AS s
JOIN pg_temp.known_node AS n ON n.number = s.node_number
JOIN usage.workload AS w
  ON w.node_id = n.node_id AND w.kind = s.kind AND w.external_id = s.external_id

INSERT INTO pg_temp.known_node
SELECT s.number, n.node_id, n.hub_id
FROM pg_temp.stage_node AS s
JOIN usage.hub AS h ON h.name = s.hub
JOIN usage.node AS n ON n.hub_id = h.hub_id AND n.name = s.name

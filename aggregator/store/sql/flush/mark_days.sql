-- A row lies within its batch's window, so the nodes' slots cover the workloads'.
INSERT INTO ingest.dirty_day (hub_id, day)
SELECT DISTINCT n.hub_id, (s.slot_start AT TIME ZONE 'UTC')::date
FROM pg_temp.stage_node_slot AS s
JOIN pg_temp.known_node AS n ON n.number = s.node_number
ORDER BY 1, 2

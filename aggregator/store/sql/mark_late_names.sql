-- A workload that gets its name late has its days rated again, from its first on.
INSERT INTO ingest.dirty_day (hub_id, day)
SELECT DISTINCT n.hub_id, (d.day AT TIME ZONE 'UTC')::date
FROM pg_temp.stage_workload AS s
JOIN pg_temp.known_node AS n ON n.number = s.node_number
JOIN usage.workload AS w
  ON w.node_id = n.node_id AND w.kind = s.kind AND w.external_id = s.external_id,
     generate_series(date_trunc('day', w.first_slot, 'UTC'), now() + interval '1 hour',
                     interval '1 day') AS d (day)
WHERE (w.username = '' AND s.username <> '')
   OR (w.tag = '' AND s.tag <> '')
   OR (w.server_name = '' AND s.server_name <> '')
ORDER BY 1, 2

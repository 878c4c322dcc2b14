INSERT INTO usage.workload AS t
    (node_id, kind, external_id, username, server_name, tag, first_slot)
SELECT n.node_id, s.kind, s.external_id, s.username, s.server_name, s.tag, s.first_slot
FROM pg_temp.stage_workload AS s
JOIN pg_temp.known_node AS n ON n.number = s.node_number
LEFT JOIN usage.workload AS w
       ON w.node_id = n.node_id AND w.kind = s.kind AND w.external_id = s.external_id
WHERE w.workload_id IS NULL
   OR s.first_slot < w.first_slot
   OR (w.username = '' AND s.username <> '')
   OR (w.tag = '' AND s.tag <> '')
   OR (w.server_name = '' AND s.server_name <> '')
ORDER BY 1, 2, 3
ON CONFLICT (node_id, kind, external_id) DO UPDATE SET
    username = CASE t.username WHEN '' THEN excluded.username ELSE t.username END,
    server_name = CASE t.server_name WHEN '' THEN excluded.server_name ELSE t.server_name END,
    tag = CASE t.tag WHEN '' THEN excluded.tag ELSE t.tag END,
    first_slot = least(t.first_slot, excluded.first_slot)

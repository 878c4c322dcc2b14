-- Looked for before it is inserted: ON CONFLICT alone uses up an identity number per row and flush.
INSERT INTO usage.node (hub_id, name, last_window_end, last_observed)
SELECT h.hub_id, s.name, s.last_window_end, s.last_observed
FROM pg_temp.stage_node AS s
JOIN usage.hub AS h ON h.name = s.hub
WHERE NOT EXISTS (SELECT FROM usage.node AS n WHERE n.hub_id = h.hub_id AND n.name = s.name)
ORDER BY 1, 2
ON CONFLICT DO NOTHING

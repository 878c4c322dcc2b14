-- Looked for before it is inserted: ON CONFLICT alone uses up an identity number per row and flush.
INSERT INTO usage.hub (name)
SELECT DISTINCT s.hub
FROM pg_temp.stage_node AS s
WHERE NOT EXISTS (SELECT FROM usage.hub AS h WHERE h.name = s.hub)
ORDER BY 1
ON CONFLICT DO NOTHING

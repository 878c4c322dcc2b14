-- Looked for before it is inserted: ON CONFLICT alone uses up an identity number per row and flush.
INSERT INTO usage.resource_class (name)
SELECT s.name
FROM pg_temp.stage_class AS s
WHERE NOT EXISTS (SELECT FROM usage.resource_class AS c WHERE c.name = s.name)
ORDER BY 1
ON CONFLICT DO NOTHING

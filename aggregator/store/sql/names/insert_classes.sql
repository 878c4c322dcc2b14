-- Looked for before it is inserted: ON CONFLICT alone uses up an identity number per row and flush. The hub is the first
-- that has something in the class: it counts as the one that named it (usage.check_minted()).
INSERT INTO usage.resource_class (name, named_by)
SELECT s.name, CASE WHEN s.name <> '' THEN h.hub_id END
FROM pg_temp.stage_class AS s
JOIN usage.hub AS h ON h.name = s.hub
WHERE NOT EXISTS (SELECT FROM usage.resource_class AS c WHERE c.name = s.name)
ORDER BY 1
ON CONFLICT DO NOTHING

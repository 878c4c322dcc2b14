INSERT INTO pg_temp.known_class
SELECT s.number, c.class_id
FROM pg_temp.stage_class AS s
JOIN usage.resource_class AS c ON c.name = s.name

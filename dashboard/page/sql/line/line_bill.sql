WITH line AS MATERIALIZED (SELECT :'subject'::jsonb AS e)
SELECT replace(b.key, '_', ' ') AS what, b.value AS says
FROM line, jsonb_each_text(CASE jsonb_typeof(e->'bill') WHEN 'object' THEN e->'bill' ELSE '{}' END) AS b
WHERE b.value IS NOT NULL

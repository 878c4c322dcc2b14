WITH line AS MATERIALIZED (SELECT :'subject'::jsonb AS e)
SELECT to_char((u->>'slot')::timestamptz, 'YYYY-MM-DD HH24:MI') AS slot, u->>'node' AS node, u->>'workload' AS workload,
       (u->>'used')::numeric AS used, (u->>'reserved')::numeric AS reserved, (u->>'billable')::numeric AS billable,
       e->>'quantity_unit' AS unit
FROM line, jsonb_array_elements(CASE jsonb_typeof(e->'usage') WHEN 'array' THEN e->'usage' ELSE '[]' END) AS u
ORDER BY slot, node, workload

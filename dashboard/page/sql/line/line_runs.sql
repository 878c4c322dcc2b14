WITH line AS MATERIALIZED (SELECT :'subject'::jsonb AS e)
SELECT r->>'run' AS run, to_char((r->>'at')::timestamptz, 'YYYY-MM-DD HH24:MI') AS at, r->>'reason' AS reason,
       r->>'detail' AS detail, r->>'by' AS by
FROM line, jsonb_array_elements(CASE jsonb_typeof(e->'runs') WHEN 'array' THEN e->'runs' ELSE '[]' END)
    WITH ORDINALITY AS a (r, place)
ORDER BY place

WITH line AS MATERIALIZED (SELECT :'subject'::jsonb AS e)
SELECT v->>'what' AS what, v->>'says' AS says, coalesce(left(v->>'valid_from', 10), 'ever since') AS valid_from,
       coalesce(left(v->>'valid_to', 10), 'open') AS valid_to, v->>'source' AS source
FROM line, jsonb_array_elements(e->'shares') WITH ORDINALITY AS a (s, place),
     jsonb_array_elements(CASE jsonb_typeof(s->'evidence') WHEN 'array' THEN s->'evidence' ELSE '[]' END)
         WITH ORDINALITY AS b (v, place)
ORDER BY a.place, b.place

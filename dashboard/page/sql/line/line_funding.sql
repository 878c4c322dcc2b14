WITH line AS MATERIALIZED (SELECT :'subject'::jsonb AS e)
SELECT coalesce(f->>'fund', '(none)') AS fund, coalesce(f->>'name', f->>'reason') AS name, f->>'kind' AS kind,
       f->>'chart_string' AS chart_string, f->'rule'->>'plan' AS plan,
       'tier ' || (f->'rule'->>'tier') || ', leg ' || (f->'rule'->>'leg') AS place,
       (SELECT string_agg(format('%s: %s', r->>'fund', r->>'why'), '; ')
        FROM jsonb_array_elements(CASE jsonb_typeof(f->'rather_than') WHEN 'array' THEN f->'rather_than' ELSE '[]' END)
            AS r) AS rather_than,
       (f->>'amount')::numeric AS amount, e->>'currency' AS currency
FROM line, jsonb_array_elements(e->'shares') WITH ORDINALITY AS a (s, place),
     jsonb_array_elements(CASE jsonb_typeof(s->'funding'->'legs') WHEN 'array' THEN s->'funding'->'legs' ELSE '[]' END)
         WITH ORDINALITY AS b (f, place)
ORDER BY a.place, b.place

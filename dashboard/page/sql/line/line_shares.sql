WITH line AS MATERIALIZED (SELECT :'subject'::jsonb AS e)
SELECT coalesce(s->>'department', '(suspense)') AS department, s->>'person' AS person, s->>'group' AS group_code,
       s->>'rule' AS rule, s->>'why' AS why, (s->>'amount')::numeric AS amount, e->>'currency' AS currency
FROM line, jsonb_array_elements(e->'shares') WITH ORDINALITY AS a (s, place)
ORDER BY place

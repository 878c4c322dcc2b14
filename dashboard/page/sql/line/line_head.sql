WITH line AS MATERIALIZED (SELECT :'subject'::jsonb AS e)
SELECT e->>'line' AS line, e->>'day' AS day, e->>'hub' AS hub, e->>'username' AS username,
       coalesce(nullif(e->>'server', ''), 'default') AS server, e->>'class' AS class, e->>'tag' AS tag,
       e->>'resource' AS resource, e->>'month' AS month, e->>'period' AS posted,
       CASE e->>'basis' WHEN 'rate_card' THEN 'by the price book' WHEN 'actual' THEN 'a part of the bill'
                        ELSE e->>'basis' END AS account,
       (e->>'amount')::numeric AS amount, e->>'currency' AS currency,
       CASE WHEN (e->>'waiting')::boolean THEN 'waits to be rated again' ELSE 'up to date' END AS state,
       CASE WHEN (e->>'waiting')::boolean THEN 'warn' ELSE 'good' END AS level
FROM line WHERE e IS NOT NULL

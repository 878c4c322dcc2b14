WITH line AS MATERIALIZED (SELECT :'subject'::jsonb AS e)
SELECT trim_scale((e->'price'->>'rate')::numeric)::text || ' ' || (e->'price'->>'rate_unit') AS rate,
       e->'price'->>'rate_class' AS kind, coalesce(e->'price'->>'class', 'every class') AS class,
       'row ' || (e->'price'->>'price_id') || ' of the price book of ' || (e->'price'->>'institution') AS row,
       coalesce(left(e->'price'->>'valid_from', 10), 'ever since') AS valid_from,
       coalesce(left(e->'price'->>'valid_to', 10), 'open') AS valid_to,
       e->'price'->>'source' || ', entered ' || left(e->'price'->>'entered_at', 10) || ' by ' || (e->'price'->>'entered_by')
           AS source
FROM line WHERE jsonb_typeof(e->'price') = 'object'

-- The one multiplication, as it was done: nothing else is rounded.
WITH line AS MATERIALIZED (SELECT :'subject'::jsonb AS e)
SELECT trim_scale((e->>'billable')::numeric)::text || ' ' || (e->>'quantity_unit') AS billable,
       trim_scale((e->>'base_units')::numeric)::text || ' ' || (e->>'quantity_unit') || ' are a ' || (e->>'priced_unit')
           AS unit,
       format('%s / %s x %s = %s %s, rounded once', trim_scale((e->>'billable')::numeric),
              trim_scale((e->>'base_units')::numeric), trim_scale((e->'price'->>'rate')::numeric),
              e->>'amount', e->>'currency') AS amount
FROM line WHERE jsonb_typeof(e->'price') = 'object'

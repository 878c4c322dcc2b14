-- As can_spawn.sql. Money is text, so that nobody reads it as floating point.
SELECT json_build_object('allowed', allowed, 'lien', lien, 'held', trim_scale(held)::text,
                         'remaining', trim_scale(remaining)::text, 'plan', plan, 'reason', reason)
FROM fund.can_spawn($1, $2, $3, $4, $5::bigint, $6::bigint, $7::bigint, $8::bigint, $9, $10::boolean)

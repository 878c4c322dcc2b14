-- $1 hub, $2 user name, $3 server, $4 class, $5 cpu_milli, $6 memory_mib, $7 gpu_milli, $8 max_seconds, $9 tag,
-- $10 hold
SELECT CASE WHEN allowed THEN 'yes' ELSE 'no' END AS allowed, lien, trim_scale(held) AS held,
       trim_scale(remaining) AS remaining, plan, reason
FROM fund.can_spawn($1, $2, $3, $4, $5::bigint, $6::bigint, $7::bigint, $8::bigint, $9, $10::boolean)

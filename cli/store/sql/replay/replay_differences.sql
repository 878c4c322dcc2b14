-- The first rows that differ, with all figures, in the order of replay_rows.sql; null: not there.
SELECT hub, table_name AS "table", node, workload, class,
       to_char(slot_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS slot_start,
       live::text AS live, replayed::text AS replay
FROM replay.difference
ORDER BY hub, table_name DESC, slot_start, node, workload, class
LIMIT 1000

-- What was looked up, for the commits to come (aggregator/store/known.h): nodes before the workloads on them.
SELECT 1::bigint AS kind, number::bigint, node_id::bigint AS id, hub_id::bigint FROM pg_temp.known_node
UNION ALL
SELECT 2, number, class_id, 0 FROM pg_temp.known_class
UNION ALL
SELECT 3, number, workload_id, hub_id FROM pg_temp.known_workload
ORDER BY 1, 2

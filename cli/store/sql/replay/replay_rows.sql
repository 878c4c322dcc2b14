-- Every slot under names instead of numbers, which are another database's. The first figure is CPU used.
SELECT 'slot' AS table_name, h.name AS hub, n.name AS node, w.kind || ' ' || w.external_id AS workload,
       c.name AS class, s.slot_start,
       ARRAY[s.cpu_used_usec, s.cpu_reserved_usec, s.cpu_billable_usec, s.memory_used_mib_sec,
             s.memory_reserved_mib_sec, s.memory_billable_mib_sec, s.gpu_used_msec, s.gpu_reserved_msec,
             s.gpu_billable_msec, s.storage_mib_sec, s.net_rx_bytes, s.net_tx_bytes, s.wall_msec,
             s.flags::bigint] AS figures
FROM usage.slot AS s
JOIN usage.workload AS w USING (workload_id)
JOIN usage.node AS n USING (node_id)
JOIN usage.hub AS h ON h.hub_id = n.hub_id
JOIN usage.resource_class AS c USING (class_id)
UNION ALL
SELECT 'node_slot', h.name, n.name, '', c.name, s.slot_start,
       ARRAY[s.cpu_used_usec, s.coverage_msec, s.cpu_capacity_usec, s.cpu_system_usec, s.memory_capacity_mib_sec,
             s.memory_used_mib_sec, s.memory_system_mib_sec, s.gpu_capacity_msec, s.gpu_used_msec, s.gpu_system_msec,
             s.cpu_measured_usec, s.cpu_steal_usec, s.memory_measured_mib_sec, s.measured_flags::bigint]
FROM usage.node_slot AS s
JOIN usage.node AS n USING (node_id)
JOIN usage.hub AS h USING (hub_id)
JOIN usage.resource_class AS c USING (class_id)

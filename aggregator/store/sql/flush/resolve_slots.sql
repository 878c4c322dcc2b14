-- Behind those that came with ids, and like them in the order of the key: new names are few. One that were not found
-- would have no id, which usage.slot refuses: nothing vanishes here.
INSERT INTO pg_temp.stage_slot
SELECT
    w.hub_id, s.slot_start, w.workload_id, c.class_id,
    s.cpu_used_usec, s.cpu_reserved_usec, s.cpu_billable_usec, s.memory_used_mib_sec,
    s.memory_reserved_mib_sec, s.memory_billable_mib_sec, s.gpu_used_msec, s.gpu_reserved_msec,
    s.gpu_billable_msec, s.storage_mib_sec, s.net_rx_bytes, s.net_tx_bytes, s.wall_msec, s.flags
FROM pg_temp.stage_new_slot AS s
LEFT JOIN pg_temp.known_workload AS w ON w.number = s.workload_number
LEFT JOIN pg_temp.known_class AS c ON c.number = s.class_number
ORDER BY 1, 2, 3, 4

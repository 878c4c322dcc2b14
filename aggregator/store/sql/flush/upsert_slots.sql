-- In the order in which they were staged, which is that of the key.
INSERT INTO usage.slot AS t (
    hub_id, slot_start, workload_id, class_id,
    cpu_used_usec, cpu_reserved_usec, cpu_billable_usec, memory_used_mib_sec,
    memory_reserved_mib_sec, memory_billable_mib_sec, gpu_used_msec, gpu_reserved_msec,
    gpu_billable_msec, storage_mib_sec, net_rx_bytes, net_tx_bytes, wall_msec, flags
)
SELECT
    s.hub_id, s.slot_start, s.workload_id, s.class_id,
    s.cpu_used_usec, s.cpu_reserved_usec, s.cpu_billable_usec, s.memory_used_mib_sec,
    s.memory_reserved_mib_sec, s.memory_billable_mib_sec, s.gpu_used_msec, s.gpu_reserved_msec,
    s.gpu_billable_msec, s.storage_mib_sec, s.net_rx_bytes, s.net_tx_bytes, s.wall_msec, s.flags
FROM pg_temp.stage_slot AS s
ON CONFLICT (hub_id, slot_start, workload_id, class_id) DO UPDATE SET
    cpu_used_usec = t.cpu_used_usec + excluded.cpu_used_usec,
    cpu_reserved_usec = t.cpu_reserved_usec + excluded.cpu_reserved_usec,
    cpu_billable_usec = t.cpu_billable_usec + excluded.cpu_billable_usec,
    memory_used_mib_sec = t.memory_used_mib_sec + excluded.memory_used_mib_sec,
    memory_reserved_mib_sec = t.memory_reserved_mib_sec + excluded.memory_reserved_mib_sec,
    memory_billable_mib_sec = t.memory_billable_mib_sec + excluded.memory_billable_mib_sec,
    gpu_used_msec = t.gpu_used_msec + excluded.gpu_used_msec,
    gpu_reserved_msec = t.gpu_reserved_msec + excluded.gpu_reserved_msec,
    gpu_billable_msec = t.gpu_billable_msec + excluded.gpu_billable_msec,
    storage_mib_sec = t.storage_mib_sec + excluded.storage_mib_sec,
    net_rx_bytes = t.net_rx_bytes + excluded.net_rx_bytes,
    net_tx_bytes = t.net_tx_bytes + excluded.net_tx_bytes,
    wall_msec = t.wall_msec + excluded.wall_msec,
    flags = t.flags | excluded.flags

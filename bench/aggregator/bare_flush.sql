-- The least a flush has to do: rows to the server, and added to those that are there by their key. ON CONFLICT as in
-- aggregator/store/sql/flush/upsert_slots.sql.
BEGIN;
\copy stage from 'slots.copy' binary
INSERT INTO bench.slot AS t
SELECT * FROM stage
ORDER BY hub_id, slot_start, workload_id, class_id
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
    flags = t.flags | excluded.flags;
COMMIT;

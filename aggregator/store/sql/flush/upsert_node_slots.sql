-- What was measured in part of a slot only is not measured. Rows without capacity and measure say nothing of the node
-- (imported usage, rows that found no room), whichever came first.
INSERT INTO usage.node_slot AS t (
    slot_start, node_id, class_id,
    coverage_msec, cpu_capacity_usec, cpu_used_usec, cpu_system_usec, memory_capacity_mib_sec,
    memory_used_mib_sec, memory_system_mib_sec, gpu_capacity_msec, gpu_used_msec, gpu_system_msec,
    cpu_measured_usec, cpu_steal_usec, memory_measured_mib_sec, measured_flags
)
SELECT
    s.slot_start, n.node_id, c.class_id,
    s.coverage_msec, s.cpu_capacity_usec, s.cpu_used_usec, s.cpu_system_usec,
    s.memory_capacity_mib_sec, s.memory_used_mib_sec, s.memory_system_mib_sec, s.gpu_capacity_msec,
    s.gpu_used_msec, s.gpu_system_msec, s.cpu_measured_usec, s.cpu_steal_usec, s.memory_measured_mib_sec,
    s.measured_flags
FROM pg_temp.stage_node_slot AS s
JOIN pg_temp.known_node AS n ON n.number = s.node_number
JOIN pg_temp.known_class AS c ON c.number = s.class_number
ORDER BY 1, 2, 3
ON CONFLICT (slot_start, node_id, class_id) DO UPDATE SET
    coverage_msec = t.coverage_msec + excluded.coverage_msec,
    cpu_capacity_usec = t.cpu_capacity_usec + excluded.cpu_capacity_usec,
    cpu_used_usec = t.cpu_used_usec + excluded.cpu_used_usec,
    cpu_system_usec = t.cpu_system_usec + excluded.cpu_system_usec,
    memory_capacity_mib_sec = t.memory_capacity_mib_sec + excluded.memory_capacity_mib_sec,
    memory_used_mib_sec = t.memory_used_mib_sec + excluded.memory_used_mib_sec,
    memory_system_mib_sec = t.memory_system_mib_sec + excluded.memory_system_mib_sec,
    gpu_capacity_msec = t.gpu_capacity_msec + excluded.gpu_capacity_msec,
    gpu_used_msec = t.gpu_used_msec + excluded.gpu_used_msec,
    gpu_system_msec = t.gpu_system_msec + excluded.gpu_system_msec,
    (cpu_measured_usec, cpu_steal_usec, memory_measured_mib_sec, measured_flags) = (
        SELECT m.cpu, m.steal, m.memory, m.flags
        FROM (VALUES (t.measured_flags IS NULL AND t.cpu_capacity_usec = 0,
                      excluded.cpu_measured_usec, excluded.cpu_steal_usec, excluded.memory_measured_mib_sec,
                      excluded.measured_flags),
                     (excluded.measured_flags IS NULL AND excluded.cpu_capacity_usec = 0,
                      t.cpu_measured_usec, t.cpu_steal_usec, t.memory_measured_mib_sec, t.measured_flags),
                     (true, t.cpu_measured_usec + excluded.cpu_measured_usec,
                      t.cpu_steal_usec + excluded.cpu_steal_usec,
                      t.memory_measured_mib_sec + excluded.memory_measured_mib_sec,
                      t.measured_flags | excluded.measured_flags)) AS m (applies, cpu, steal, memory, flags)
        WHERE m.applies LIMIT 1)

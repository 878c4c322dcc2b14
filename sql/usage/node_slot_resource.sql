CREATE VIEW usage.node_slot_resource WITH (security_invoker = true) AS
SELECT s.slot_start, s.node_id, s.class_id, q.resource, q.capacity, q.used, q.system,
       s.coverage_msec
FROM usage.node_slot AS s
CROSS JOIN LATERAL (
    VALUES ('cpu',    s.cpu_capacity_usec,       s.cpu_used_usec,       s.cpu_system_usec),
           ('memory', s.memory_capacity_mib_sec, s.memory_used_mib_sec, s.memory_system_mib_sec),
           ('gpu',    s.gpu_capacity_msec,       s.gpu_used_msec,       s.gpu_system_msec)
) AS q (resource, capacity, used, system);

COMMENT ON VIEW usage.node_slot_resource IS 'usage.node_slot with a row per resource';
COMMENT ON COLUMN usage.node_slot_resource.slot_start IS 'Start of the quarter of an hour, which is half open (UTC)';
COMMENT ON COLUMN usage.node_slot_resource.resource IS 'cpu, memory or gpu';
COMMENT ON COLUMN usage.node_slot_resource.coverage_msec IS 'milliseconds that were really observed; the same for every resource';
COMMENT ON COLUMN usage.node_slot_resource.capacity IS 'What the node had to give, in the quantity unit of the resource';
COMMENT ON COLUMN usage.node_slot_resource.used IS 'In use on the node, in the quantity unit of the resource';
COMMENT ON COLUMN usage.node_slot_resource.system IS 'What no workload explains, in the quantity unit of the resource';

GRANT SELECT ON usage.node_slot_resource TO hm_rater, hm_hub_ro, hm_finance;
-- What it reads, and no more (see schema/0008_report.sql).
GRANT SELECT (slot_start, node_id, class_id, coverage_msec,
              cpu_capacity_usec, cpu_used_usec, cpu_system_usec,
              memory_capacity_mib_sec, memory_used_mib_sec, memory_system_mib_sec,
              gpu_capacity_msec, gpu_used_msec, gpu_system_msec) ON usage.node_slot TO hm_finance;

CREATE VIEW usage.slot_resource WITH (security_invoker = true) AS
SELECT s.slot_start, s.workload_id, s.class_id, q.resource, q.used, q.reserved, q.billable
FROM usage.slot AS s
CROSS JOIN LATERAL (
    VALUES ('cpu',     s.cpu_used_usec,       s.cpu_reserved_usec,       s.cpu_billable_usec),
           ('memory',  s.memory_used_mib_sec, s.memory_reserved_mib_sec, s.memory_billable_mib_sec),
           ('gpu',     s.gpu_used_msec,       s.gpu_reserved_msec,       s.gpu_billable_msec),
           ('storage', s.storage_mib_sec,     0,                         s.storage_mib_sec),
           ('net_rx',  s.net_rx_bytes,        0,                         s.net_rx_bytes),
           ('net_tx',  s.net_tx_bytes,        0,                         s.net_tx_bytes)
) AS q (resource, used, reserved, billable)
WHERE q.used <> 0 OR q.reserved <> 0 OR q.billable <> 0;

COMMENT ON VIEW usage.slot_resource IS 'usage.slot with a row per resource; rows of nothing are left out';
COMMENT ON COLUMN usage.slot_resource.slot_start IS 'Start of the quarter of an hour, which is half open (UTC)';
COMMENT ON COLUMN usage.slot_resource.resource IS 'price.resource: cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN usage.slot_resource.used IS 'Consumed, in the quantity unit of the resource';
COMMENT ON COLUMN usage.slot_resource.reserved IS 'Requested or guaranteed, in the quantity unit of the resource; 0 where nothing can be';
COMMENT ON COLUMN usage.slot_resource.billable IS 'The greater of the two, taken per sample, in the quantity unit of the resource';

GRANT SELECT ON usage.slot_resource TO hm_rater, hm_hub_ro, hm_finance;
-- What it reads, and no more (see schema/0008_report.sql).
GRANT SELECT (slot_start, workload_id, class_id,
              cpu_used_usec, cpu_reserved_usec, cpu_billable_usec,
              memory_used_mib_sec, memory_reserved_mib_sec, memory_billable_mib_sec,
              gpu_used_msec, gpu_reserved_msec, gpu_billable_msec,
              storage_mib_sec, net_rx_bytes, net_tx_bytes) ON usage.slot TO hm_finance;

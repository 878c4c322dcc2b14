CREATE VIEW report.orphaned_usage WITH (security_invoker = true, security_barrier = true) AS
SELECT h.name                                          AS hub,
       w.username,
       w.server_name,
       n.name                                          AS node,
       w.external_id                                   AS workload,
       sum(s.cpu_billable_usec) * 0.000001             AS cpu_core_seconds,
       sum(s.memory_billable_mib_sec)                  AS memory_mib_seconds,
       sum(s.gpu_billable_msec) * 0.001                AS gpu_seconds,
       min(s.slot_start)                               AS first_slot,
       max(s.slot_start)                               AS last_slot
FROM usage.slot AS s
JOIN usage.workload AS w USING (workload_id)
JOIN usage.node AS n USING (node_id)
JOIN usage.hub AS h ON h.hub_id = s.hub_id
WHERE s.flags & 128 <> 0
  AND ((SELECT org.sees_all()) OR h.name = ANY ((SELECT org.seen_hubs())::text[]))
GROUP BY h.name, w.username, w.server_name, n.name, w.external_id;

COMMENT ON VIEW report.orphaned_usage IS 'Servers that the hub has forgotten and that run on: charged to their person like any other, and named here to be ended';
COMMENT ON COLUMN report.orphaned_usage.hub IS 'Hub it is on';
COMMENT ON COLUMN report.orphaned_usage.username IS 'Whose it is, as the hub spells it';
COMMENT ON COLUMN report.orphaned_usage.server_name IS 'Name of the user''s server; empty: the default one';
COMMENT ON COLUMN report.orphaned_usage.node IS 'Machine it runs on';
COMMENT ON COLUMN report.orphaned_usage.workload IS 'What the operating system or cluster calls it';
COMMENT ON COLUMN report.orphaned_usage.cpu_core_seconds IS 'Billable since then, in core-seconds; exact';
COMMENT ON COLUMN report.orphaned_usage.memory_mib_seconds IS 'Billable since then, in MiB-seconds; exact';
COMMENT ON COLUMN report.orphaned_usage.gpu_seconds IS 'Billable since then, in GPU-seconds; exact';
COMMENT ON COLUMN report.orphaned_usage.first_slot IS 'Start of the first slot in which it was orphaned (UTC)';
COMMENT ON COLUMN report.orphaned_usage.last_slot IS 'Start of the last slot in which it was (UTC)';

GRANT SELECT ON report.orphaned_usage TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (hub_id, slot_start, workload_id, flags, cpu_billable_usec, memory_billable_mib_sec, gpu_billable_msec)
    ON usage.slot TO hm_finance;
GRANT SELECT (workload_id, node_id, username, server_name, external_id) ON usage.workload TO hm_finance;
GRANT SELECT (node_id, name) ON usage.node TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;

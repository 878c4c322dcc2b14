CREATE VIEW report.rating_reconciliation WITH (security_invoker = true, security_barrier = true) AS
WITH figure (hub_id, day, resource, metered, charged, used, reserved, billable) AS (
    SELECT s.hub_id, s.day, q.resource, q.billable, 0, q.used, q.reserved, q.billable
    FROM (
        SELECT n.hub_id,
               (s.slot_start AT TIME ZONE 'UTC')::date AS day,
               sum(s.cpu_used_usec) AS cpu_used,
               sum(s.cpu_reserved_usec) AS cpu_reserved,
               sum(s.cpu_billable_usec) AS cpu_billable,
               sum(s.memory_used_mib_sec) AS memory_used,
               sum(s.memory_reserved_mib_sec) AS memory_reserved,
               sum(s.memory_billable_mib_sec) AS memory_billable,
               sum(s.gpu_used_msec) AS gpu_used,
               sum(s.gpu_reserved_msec) AS gpu_reserved,
               sum(s.gpu_billable_msec) AS gpu_billable,
               sum(s.storage_mib_sec) AS storage,
               sum(s.net_rx_bytes) AS net_rx,
               sum(s.net_tx_bytes) AS net_tx
        FROM usage.slot AS s
        JOIN usage.workload AS w USING (workload_id)
        JOIN usage.node AS n USING (node_id)
        GROUP BY n.hub_id, (s.slot_start AT TIME ZONE 'UTC')::date
    ) AS s
    CROSS JOIN LATERAL usage.by_resource(
        s.cpu_used, s.cpu_reserved, s.cpu_billable,
        s.memory_used, s.memory_reserved, s.memory_billable,
        s.gpu_used, s.gpu_reserved, s.gpu_billable,
        s.storage, s.net_rx, s.net_tx) AS q
    UNION ALL
    SELECT l.hub_id, l.day, l.resource, 0, l.billable, -l.used, -l.reserved, -l.billable
    FROM charge.line AS l
    WHERE l.basis = 'rate_card'
)
SELECT h.name                                                            AS hub,
       f.day,
       f.resource,
       sum(f.metered) * r.shown_factor                                   AS metered,
       sum(f.charged) * r.shown_factor                                   AS charged,
       greatest(abs(sum(f.used)), abs(sum(f.reserved)), abs(sum(f.billable))) * r.shown_factor
                                                                         AS difference,
       r.shown_unit                                                      AS unit,
       EXISTS (SELECT FROM ingest.dirty_day AS d WHERE d.hub_id = f.hub_id AND d.day = f.day)
                                                                         AS is_pending
FROM figure AS f
JOIN usage.hub AS h USING (hub_id)
JOIN price.resource AS r ON r.code = f.resource
WHERE (SELECT org.sees_all()) OR h.name = ANY ((SELECT org.seen_hubs())::text[])
GROUP BY f.hub_id, h.name, f.day, f.resource, r.shown_factor, r.shown_unit;

COMMENT ON VIEW report.rating_reconciliation IS 'Reconciliation of rating: what was metered on a hub-day is what is charged, priced or not. Difference 0 once the day is rated';
COMMENT ON COLUMN report.rating_reconciliation.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.rating_reconciliation.day IS 'UTC day';
COMMENT ON COLUMN report.rating_reconciliation.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.rating_reconciliation.metered IS 'Billable usage of all workloads, in the unit of the row; exact';
COMMENT ON COLUMN report.rating_reconciliation.charged IS 'Billable usage of all charge lines, in the unit of the row; exact';
COMMENT ON COLUMN report.rating_reconciliation.difference IS 'Greatest difference among used, reserved and billable, in the unit of the row: 0, or the day waits';
COMMENT ON COLUMN report.rating_reconciliation.unit IS 'Unit of the figures: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.rating_reconciliation.is_pending IS 'Does the day wait to be rated (hubmeter rate)?';

GRANT SELECT ON report.rating_reconciliation TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (workload_id, slot_start,
              cpu_used_usec, cpu_reserved_usec, cpu_billable_usec,
              memory_used_mib_sec, memory_reserved_mib_sec, memory_billable_mib_sec,
              gpu_used_msec, gpu_reserved_msec, gpu_billable_msec,
              storage_mib_sec, net_rx_bytes, net_tx_bytes) ON usage.slot TO hm_finance, hm_dashboard;
GRANT SELECT (workload_id, node_id) ON usage.workload TO hm_finance, hm_dashboard;
GRANT SELECT (node_id, hub_id) ON usage.node TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, day, resource, basis, used, reserved, billable) ON charge.line TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, day) ON ingest.dirty_day TO hm_finance, hm_dashboard;
GRANT SELECT (code, shown_unit, shown_factor) ON price.resource TO hm_finance, hm_dashboard;

-- The two sides come from different tables: what the nodes said of themselves, and what was booked
-- for people. One side missing is a difference as well, hence a sum and not a join.
CREATE VIEW report.node_reconciliation WITH (security_invoker = true, security_barrier = true) AS
WITH figure (node_id, slot_start, resource, total, people, system, coverage_msec) AS (
    SELECT s.node_id, s.slot_start, s.resource, s.used, 0, s.system, s.coverage_msec
    FROM usage.node_slot_resource AS s
    UNION ALL
    SELECT s.node_id, s.slot_start, q.resource, 0, q.used, 0, 0
    FROM (
        SELECT w.node_id, s.slot_start,
               sum(s.cpu_used_usec)       AS cpu,
               sum(s.memory_used_mib_sec) AS memory,
               sum(s.gpu_used_msec)       AS gpu
        FROM usage.slot AS s
        JOIN usage.workload AS w USING (workload_id)
        GROUP BY w.node_id, s.slot_start
    ) AS s
    CROSS JOIN LATERAL usage.by_resource(s.cpu, 0, 0, s.memory, 0, 0, s.gpu, 0, 0, 0, 0, 0) AS q
)
SELECT i.code                                                             AS institution,
       h.name                                                             AS hub,
       n.name                                                             AS node,
       date_trunc('month', f.slot_start AT TIME ZONE i.time_zone)::date   AS month,
       f.resource,
       sum(f.total) * r.shown_factor                                      AS total,
       sum(f.people) * r.shown_factor                                     AS people,
       sum(f.system) * r.shown_factor                                     AS system,
       (sum(f.total) - sum(f.people) - sum(f.system)) * r.shown_factor    AS difference,
       r.shown_unit                                                       AS unit,
       sum(f.coverage_msec) * 0.001                                       AS coverage
FROM figure AS f
JOIN usage.node AS n USING (node_id)
JOIN usage.hub AS h USING (hub_id)
LEFT JOIN org.hub_owner AS o ON o.hub = h.name AND o.valid @> f.slot_start
JOIN org.whole_institution AS i ON i.institution_id = coalesce(o.institution_id, 0)
JOIN price.resource AS r ON r.code = f.resource
GROUP BY 1, 2, 3, 4, f.resource, r.shown_factor, r.shown_unit;

COMMENT ON VIEW report.node_reconciliation IS 'Reconciliation of every node: total = people + system. Total and system are the node''s own figures, people is summed from what was booked for workloads';
COMMENT ON COLUMN report.node_reconciliation.institution IS 'Code of the institution that owned the hub then; (unowned): nobody';
COMMENT ON COLUMN report.node_reconciliation.hub IS 'Hub the node belongs to';
COMMENT ON COLUMN report.node_reconciliation.node IS 'The machine';
COMMENT ON COLUMN report.node_reconciliation.month IS 'First day of the month, in the calendar of the owner of the hub (UTC without one)';
COMMENT ON COLUMN report.node_reconciliation.resource IS 'cpu, memory or gpu';
COMMENT ON COLUMN report.node_reconciliation.total IS 'Used on the whole node, in the unit of the row; exact';
COMMENT ON COLUMN report.node_reconciliation.people IS 'Used by workloads, in the unit of the row; exact';
COMMENT ON COLUMN report.node_reconciliation.system IS 'Used by what no workload explains, in the unit of the row; exact';
COMMENT ON COLUMN report.node_reconciliation.difference IS 'total - people - system, in the unit of the row: 0, else usage was lost or invented';
COMMENT ON COLUMN report.node_reconciliation.unit IS 'Unit of the figures: core-seconds, MiB-seconds or GPU-seconds';
COMMENT ON COLUMN report.node_reconciliation.coverage IS 'Time that was really observed, in seconds';

GRANT SELECT ON report.node_reconciliation TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (workload_id, slot_start,
              cpu_used_usec, memory_used_mib_sec, gpu_used_msec) ON usage.slot TO hm_finance;
GRANT SELECT (workload_id, node_id) ON usage.workload TO hm_finance;
GRANT SELECT (node_id, hub_id, name) ON usage.node TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (hub, institution_id, valid) ON org.hub_owner TO hm_finance;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance;
GRANT SELECT (code, shown_unit, shown_factor) ON price.resource TO hm_finance;

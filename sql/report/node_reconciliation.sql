-- The two sides come from different tables: what the nodes said of themselves, and what was booked
-- for people. One side missing is a difference as well, hence a sum and not a join.
--
-- Total = people + system proves that nothing was lost on the way here, not that it was right: the system's is what was
-- left over. What the kernel measured of the node is: compared quarter by quarter of an hour, where it was measured.
--
-- Months are made first and read one by one, so that whoever asks for one has no other read.
CREATE VIEW report.node_reconciliation WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                                                 AS institution,
       h.name                                                 AS hub,
       n.name                                                 AS node,
       m.month,
       q.resource,
       q.total * r.shown_factor                               AS total,
       q.people * r.shown_factor                              AS people,
       q.system * r.shown_factor                              AS system,
       (q.total - q.people - q.system) * r.shown_factor       AS difference,
       r.shown_unit                                           AS unit,
       f.coverage_msec * 0.001                                AS coverage,
       q.measured * r.shown_factor                            AS measured,
       q.discrepancy * r.shown_factor                         AS discrepancy,
       q.steal * r.shown_factor                               AS steal,
       f.has_restarted AND q.measured IS NOT NULL             AS has_restarted
FROM org.whole_institution AS i
JOIN usage.hub AS h ON i.institution_id = 0
                    OR EXISTS (SELECT FROM org.hub_owner AS o
                               WHERE o.hub = h.name AND o.institution_id = i.institution_id)
CROSS JOIN LATERAL (
    SELECT least((SELECT min(s.slot_start) FROM usage.node_slot AS s),
                 (SELECT min(s.slot_start) FROM usage.slot AS s WHERE s.hub_id = h.hub_id))    AS first_slot,
           greatest((SELECT max(s.slot_start) FROM usage.node_slot AS s),
                    (SELECT max(s.slot_start) FROM usage.slot AS s WHERE s.hub_id = h.hub_id)) AS last_slot
) AS e
CROSS JOIN LATERAL generate_series(date_trunc('month', e.first_slot AT TIME ZONE i.time_zone),
                                   e.last_slot AT TIME ZONE i.time_zone, interval '1 month') AS g (local_start)
CROSS JOIN LATERAL (
    SELECT g.local_start::date AS month,
           g.local_start AT TIME ZONE i.time_zone AS starts,
           (g.local_start + interval '1 month') AT TIME ZONE i.time_zone AS ends
) AS m
CROSS JOIN LATERAL (
    SELECT s.node_id, bool_or(s.is_of_node) AS is_of_node, sum(s.coverage_msec) AS coverage_msec,
           sum(s.cpu) AS cpu, sum(s.cpu_people) AS cpu_people, sum(s.cpu_system) AS cpu_system,
           sum(s.memory) AS memory, sum(s.memory_people) AS memory_people, sum(s.memory_system) AS memory_system,
           sum(s.gpu) AS gpu, sum(s.gpu_people) AS gpu_people, sum(s.gpu_system) AS gpu_system,
           sum(s.cpu_measured) AS cpu_measured, sum(s.cpu_measured - s.cpu) AS cpu_discrepancy,
           sum(s.cpu_steal) AS cpu_steal, sum(s.memory_measured) AS memory_measured,
           sum(s.memory_measured - s.memory) AS memory_discrepancy,
           coalesce(bool_or(s.measured_flags & 64 <> 0), false) AS has_restarted -- HM_FLAG_RESET
    FROM (
        SELECT s.node_id, s.slot_start, true, s.coverage_msec, s.cpu_used_usec, 0, s.cpu_system_usec,
               s.memory_used_mib_sec, 0, s.memory_system_mib_sec, s.gpu_used_msec, 0, s.gpu_system_msec,
               s.cpu_measured_usec, s.cpu_steal_usec, s.memory_measured_mib_sec, s.measured_flags
        FROM usage.node AS n
        JOIN usage.node_slot AS s USING (node_id)
        WHERE n.hub_id = h.hub_id AND s.slot_start >= m.starts AND s.slot_start < m.ends
        UNION ALL
        SELECT w.node_id, s.slot_start, false, 0, 0, sum(s.cpu_used_usec), 0,
               0, sum(s.memory_used_mib_sec), 0, 0, sum(s.gpu_used_msec), 0, NULL, NULL, NULL, NULL
        FROM usage.slot AS s
        JOIN usage.workload AS w USING (workload_id)
        WHERE s.hub_id = h.hub_id AND s.slot_start >= m.starts AND s.slot_start < m.ends
        GROUP BY w.node_id, s.slot_start
    ) AS s (node_id, slot_start, is_of_node, coverage_msec, cpu, cpu_people, cpu_system, memory, memory_people,
            memory_system, gpu, gpu_people, gpu_system, cpu_measured, cpu_steal, memory_measured, measured_flags)
    LEFT JOIN org.hub_owner AS o ON o.hub = h.name AND o.valid @> s.slot_start
    WHERE coalesce(o.institution_id, 0) = i.institution_id
    GROUP BY s.node_id
) AS f
JOIN usage.node AS n USING (node_id)
CROSS JOIN LATERAL (VALUES
    ('cpu',    f.cpu,    f.cpu_people,    f.cpu_system,    f.cpu_measured,    f.cpu_discrepancy,    f.cpu_steal),
    ('memory', f.memory, f.memory_people, f.memory_system, f.memory_measured, f.memory_discrepancy, NULL),
    ('gpu',    f.gpu,    f.gpu_people,    f.gpu_system,    NULL,              NULL,                 NULL)
) AS q (resource, total, people, system, measured, discrepancy, steal)
JOIN price.resource AS r ON r.code = q.resource
WHERE f.is_of_node OR q.people <> 0;

COMMENT ON VIEW report.node_reconciliation IS 'Reconciliation of every node: total = people + system. Total and system are the node''s own figures, people is summed from what was booked for workloads; what the kernel measured of the node stands beside them, with the discrepancy';
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
COMMENT ON COLUMN report.node_reconciliation.measured IS 'What the kernel counted for the whole node, in the unit of the row, in the quarters of an hour that were measured throughout; null: none was, or nobody can (gpu)';
COMMENT ON COLUMN report.node_reconciliation.discrepancy IS 'measured - people - system in these quarters of an hour, in the unit of the row: negative where more was attributed than the kernel counted; null as measured';
COMMENT ON COLUMN report.node_reconciliation.steal IS 'CPU that a hypervisor gave to other machines meanwhile, in the unit of the row: in no other figure; null as measured';
COMMENT ON COLUMN report.node_reconciliation.has_restarted IS 'Did a counter of the kernel start over, so that measured may lack something?';

GRANT SELECT ON report.node_reconciliation TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (hub_id, workload_id, slot_start,
              cpu_used_usec, memory_used_mib_sec, gpu_used_msec) ON usage.slot TO hm_finance;
GRANT SELECT (slot_start, node_id, coverage_msec, cpu_used_usec, cpu_system_usec, memory_used_mib_sec,
              memory_system_mib_sec, gpu_used_msec, gpu_system_msec, cpu_measured_usec, cpu_steal_usec,
              memory_measured_mib_sec, measured_flags) ON usage.node_slot TO hm_finance;
GRANT SELECT (workload_id, node_id) ON usage.workload TO hm_finance;
GRANT SELECT (node_id, hub_id, name) ON usage.node TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (hub, institution_id, valid) ON org.hub_owner TO hm_finance;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance;
GRANT SELECT (code, shown_unit, shown_factor) ON price.resource TO hm_finance;

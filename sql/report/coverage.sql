-- Only what was really observed counts: imported usage has no coverage, so nobody expects any of its
-- nodes. A node is expected from the slot after its first one on, up to the slot that it is now: how
-- much of these two there is to observe nobody can tell, and a node that is new or has just sent is
-- not incomplete. It is expected in every month until it was silent for the 31 days before it. A
-- month looks at its own slots and at those of these days, no others.
CREATE VIEW report.coverage WITH (security_invoker = true) AS
SELECT i.code                                                       AS institution,
       m.month,
       h.name                                                       AS hub,
       n.name                                                       AS node,
       sum(s.observed)                                              AS observed,
       sum(extract(epoch FROM s.until - s.since))                   AS expected,
       CASE WHEN n.last_observed < least(m.ends, now()) - usage.slot_length()
            THEN n.last_observed END                                AS silent_since
FROM org.institution AS i
CROSS JOIN LATERAL generate_series(
    date_trunc('month', (SELECT min(slot_start) FROM usage.node_slot) AT TIME ZONE i.time_zone),
    now() AT TIME ZONE i.time_zone,
    interval '1 month') AS g (local_start)
CROSS JOIN LATERAL (
    SELECT g.local_start::date AS month,
           g.local_start AT TIME ZONE i.time_zone AS starts,
           (g.local_start + interval '1 month') AT TIME ZONE i.time_zone AS ends
) AS m
CROSS JOIN LATERAL (
    SELECT s.node_id,
           greatest(s.first_slot + usage.slot_length(), m.starts)     AS since,
           least(m.ends, usage.slot_of(now()), upper(s.valid))        AS until,
           coalesce(sum(s.coverage_msec) FILTER (
               WHERE s.slot_start >= m.starts
                 AND s.slot_start > s.first_slot
                 AND s.slot_start < usage.slot_of(now())), 0) * 0.001 AS observed
    FROM (
        SELECT s.node_id, s.slot_start, s.coverage_msec, o.valid,
               min(s.slot_start) OVER (PARTITION BY s.node_id, o.valid) AS first_slot
        FROM usage.node_slot AS s
        JOIN usage.node AS n USING (node_id)
        JOIN usage.hub AS h USING (hub_id)
        LEFT JOIN org.hub_owner AS o ON o.hub = h.name AND o.valid @> s.slot_start
        WHERE s.slot_start >= m.starts - interval '31 days'
          AND s.slot_start < m.ends
          AND s.coverage_msec > 0
          AND coalesce(o.institution_id, 0) = i.institution_id
    ) AS s
    GROUP BY s.node_id, s.valid, s.first_slot
) AS s
JOIN usage.node AS n USING (node_id)
JOIN usage.hub AS h USING (hub_id)
WHERE s.until >= s.since
GROUP BY i.code, m.month, m.ends, h.name, n.name, n.last_observed;

COMMENT ON VIEW report.coverage IS 'How much of the time each node was observed. Usage in the rest of the time is missing';
COMMENT ON COLUMN report.coverage.institution IS 'Code of the institution that owned the hub then; (unowned): nobody';
COMMENT ON COLUMN report.coverage.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.coverage.hub IS 'Hub the node belongs to';
COMMENT ON COLUMN report.coverage.node IS 'The machine';
COMMENT ON COLUMN report.coverage.observed IS 'Time that was really observed, in seconds, of the time that is expected';
COMMENT ON COLUMN report.coverage.expected IS 'Time from the slot after the one it was first observed in, or the start of the month, up to the slot it is now, or the end of the month, in seconds';
COMMENT ON COLUMN report.coverage.silent_since IS 'Up to when it was observed (UTC), if that is before now and before the end of the month; else null';

GRANT SELECT ON report.coverage TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (node_id, slot_start, coverage_msec) ON usage.node_slot TO hm_finance, hm_dashboard;
GRANT SELECT (node_id, hub_id, name, last_observed) ON usage.node TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_dashboard;
GRANT SELECT (hub, institution_id, valid) ON org.hub_owner TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance, hm_dashboard;

CREATE VIEW report.coverage WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                                                       AS institution,
       d.month,
       h.name                                                       AS hub,
       n.name                                                       AS node,
       sum(d.observed)                                              AS observed,
       sum(d.expected)                                              AS expected,
       CASE WHEN n.last_observed < least((d.month + interval '1 month') AT TIME ZONE i.time_zone, now())
                                   - usage.slot_length()
            THEN n.last_observed END                                AS silent_since
FROM usage.node_day AS d
JOIN org.whole_institution AS i USING (institution_id)
JOIN usage.node AS n USING (node_id)
JOIN usage.hub AS h USING (hub_id)
GROUP BY i.code, i.time_zone, d.month, h.name, n.name, n.last_observed;

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
GRANT SELECT (node_id, hub_id, name, last_observed) ON usage.node TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance, hm_dashboard;

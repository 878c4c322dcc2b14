-- What is missing of a node is missing of every kind of workload that was ever seen there.
CREATE VIEW report.completeness WITH (security_invoker = true, security_barrier = true) AS
WITH source AS MATERIALIZED (
    SELECT n.node_id, k.source
    FROM usage.node AS n
    JOIN (VALUES (0, 'node'), (1, 'process tree'), (2, 'cgroup'), (3, 'pod'), (4, 'batch job'), (5, 'storage'))
         AS k (kind, source)
      ON k.kind = 0 OR EXISTS (SELECT FROM usage.workload AS w WHERE w.node_id = n.node_id AND w.kind = k.kind)
)
SELECT i.code                                                       AS institution,
       h.name                                                       AS hub,
       d.day,
       s.source,
       count(DISTINCT d.node_id)                                    AS nodes,
       sum(d.observed)                                              AS observed,
       sum(d.expected)                                              AS expected,
       round(100 * sum(d.observed) / nullif(sum(d.expected), 0), 2) AS percent
FROM (SELECT institution_id, day, node_id, sum(observed) AS observed, sum(expected) AS expected
      FROM usage.node_day GROUP BY institution_id, day, node_id) AS d
JOIN source AS s USING (node_id)
JOIN usage.node AS n USING (node_id)
JOIN usage.hub AS h USING (hub_id)
JOIN org.whole_institution AS i USING (institution_id)
GROUP BY i.code, h.name, d.day, s.source;

COMMENT ON VIEW report.completeness IS 'How much of each day was observed, by hub and by what was metered there: report.coverage by day. Rows of several sources overlap; those of node are all there is';
COMMENT ON COLUMN report.completeness.institution IS 'Code of the institution that owned the hub then; (unowned): nobody';
COMMENT ON COLUMN report.completeness.hub IS 'The hub';
COMMENT ON COLUMN report.completeness.day IS 'The day, in that institution''s calendar';
COMMENT ON COLUMN report.completeness.source IS 'process tree, cgroup, pod, batch job or storage: the nodes on which such workloads were ever seen; node: all nodes';
COMMENT ON COLUMN report.completeness.nodes IS 'Number of nodes that were expected';
COMMENT ON COLUMN report.completeness.observed IS 'Time that was really observed on them, in seconds, of the time that is expected';
COMMENT ON COLUMN report.completeness.expected IS 'Time they should have been observed, in seconds: as report.coverage.expected';
COMMENT ON COLUMN report.completeness.percent IS '100 * observed / expected; null: nothing was expected yet';

GRANT SELECT ON report.completeness TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (node_id, kind) ON usage.workload TO hm_finance, hm_dashboard;
GRANT SELECT (node_id, hub_id) ON usage.node TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_dashboard;

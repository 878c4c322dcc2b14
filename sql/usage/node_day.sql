-- Only what was really observed counts: imported usage has no coverage, so nobody expects any of its
-- nodes. A node is expected from the slot after its first one on, up to the slot that it is now: how
-- much of these two there is to observe nobody can tell, and a node that is new or has just sent is
-- not incomplete. It is expected in every month until it was silent for the 31 days before it. A
-- month looks at its own slots and at those of these days, no others.
CREATE VIEW usage.node_day WITH (security_invoker = true) AS
SELECT i.institution_id, m.month, s.day, s.node_id, s.observed, s.expected
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
    WITH seen AS (
        SELECT s.node_id, s.valid, s.first_slot, (s.slot_start AT TIME ZONE i.time_zone)::date AS day,
               coalesce(sum(s.coverage_msec) FILTER (
                   WHERE s.slot_start >= m.starts
                     AND s.slot_start > s.first_slot
                     AND s.slot_start < usage.slot_of(now())), 0) * 0.001 AS observed
        FROM (
            SELECT s.node_id, s.slot_start, s.coverage_msec, coalesce(o.valid, '(,)') AS valid,
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
        GROUP BY 1, 2, 3, 4
    ),
    span AS (
        SELECT s.node_id, s.valid, s.first_slot,
               greatest(s.first_slot + usage.slot_length(), m.starts) AS since,
               least(m.ends, usage.slot_of(now()), upper(s.valid)) AS until
        FROM seen AS s
        GROUP BY 1, 2, 3
    ),
    every AS (
        SELECT s.node_id, s.valid, s.first_slot, s.since, s.until, d.local_day::date AS day,
               d.local_day AT TIME ZONE i.time_zone AS starts,
               (d.local_day + interval '1 day') AT TIME ZONE i.time_zone AS ends
        FROM span AS s
        CROSS JOIN LATERAL generate_series(
            date_trunc('day', s.since AT TIME ZONE i.time_zone),
            greatest(s.since, s.until - interval '1 microsecond') AT TIME ZONE i.time_zone,
            interval '1 day') AS d (local_day)
        WHERE s.until >= s.since
    )
    SELECT e.node_id, e.day, sum(coalesce(s.observed, 0)) AS observed,
           sum(extract(epoch FROM least(e.until, e.ends) - greatest(e.since, e.starts))) AS expected
    FROM every AS e
    LEFT JOIN seen AS s USING (node_id, valid, first_slot, day)
    GROUP BY e.node_id, e.day
) AS s;

COMMENT ON VIEW usage.node_day IS 'How much of each day each node was observed, and how much of it it should have been';
COMMENT ON COLUMN usage.node_day.institution_id IS 'Who owned the hub then; 0: nobody';
COMMENT ON COLUMN usage.node_day.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN usage.node_day.day IS 'The day, in that institution''s calendar';
COMMENT ON COLUMN usage.node_day.node_id IS 'The machine';
COMMENT ON COLUMN usage.node_day.observed IS 'Time that was really observed, in seconds, of the time that is expected';
COMMENT ON COLUMN usage.node_day.expected IS 'Time of the day from the slot after the one it was first observed in up to the slot it is now, in seconds';

GRANT SELECT ON usage.node_day TO hm_rater, hm_finance, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (node_id, slot_start, coverage_msec) ON usage.node_slot TO hm_finance, hm_dashboard;
GRANT SELECT (node_id, hub_id) ON usage.node TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_dashboard;
GRANT SELECT (hub, institution_id, valid) ON org.hub_owner TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, time_zone) ON org.institution TO hm_finance, hm_dashboard;

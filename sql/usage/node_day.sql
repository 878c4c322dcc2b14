-- Only what was really observed counts: imported usage has no coverage, so nobody expects any of its
-- nodes. A node is expected from the slot after its first one on, up to the slot that it is now: how
-- much of these two there is to observe nobody can tell, and a node that is new or has just sent is
-- not incomplete. It is expected in every month until it was silent for the 31 days before it. A
-- month looks at its own days and at these, no others.
--
-- Nothing is grouped, so that whoever asks for an institution, a month or a day has no other made.
CREATE VIEW usage.node_day WITH (security_invoker = true) AS
SELECT i.institution_id, m.month, d.local_day::date AS day, n.node_id, o.msec * 0.001 AS observed,
       extract(epoch FROM e.until - e.since) AS expected
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
CROSS JOIN LATERAL (SELECT tstzrange(m.starts - interval '31 days', m.ends) AS looked_at) AS l
CROSS JOIN LATERAL (
    SELECT h.hub_id, o.valid, tstzmultirange(o.valid * l.looked_at) AS owned
    FROM org.hub_owner AS o
    JOIN usage.hub AS h ON h.name = o.hub
    WHERE o.institution_id = i.institution_id AND o.valid && l.looked_at
    UNION ALL
    SELECT h.hub_id, '(,)',
           tstzmultirange(l.looked_at)
           - coalesce((SELECT range_agg(o.valid) FROM org.hub_owner AS o WHERE o.hub = h.name), '{}')
    FROM usage.hub AS h
    WHERE i.institution_id = 0
) AS w
JOIN usage.node AS n USING (hub_id)
CROSS JOIN LATERAL usage.first_observed(n.node_id, w.owned) AS f
CROSS JOIN LATERAL (
    SELECT greatest(f.slot + usage.slot_length(), m.starts) AS since,
           least(m.ends, usage.slot_of(now()), upper(w.valid)) AS until
) AS s
CROSS JOIN LATERAL generate_series(
    date_trunc('day', s.since AT TIME ZONE i.time_zone),
    greatest(s.since, s.until - interval '1 microsecond') AT TIME ZONE i.time_zone,
    interval '1 day') AS d (local_day)
CROSS JOIN LATERAL (
    SELECT greatest(s.since, d.local_day AT TIME ZONE i.time_zone) AS since,
           least(s.until, (d.local_day + interval '1 day') AT TIME ZONE i.time_zone) AS until
) AS e
CROSS JOIN LATERAL usage.observed(n.node_id, w.owned * tstzmultirange(tstzrange(e.since, e.until))) AS o
WHERE f.slot IS NOT NULL AND s.until >= s.since;

COMMENT ON VIEW usage.node_day IS 'How much of each day each node was observed, and how much of it it should have been; a row for each time that the hub had that owner';
COMMENT ON COLUMN usage.node_day.institution_id IS 'Who owned the hub then; 0: nobody';
COMMENT ON COLUMN usage.node_day.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN usage.node_day.day IS 'The day, in that institution''s calendar';
COMMENT ON COLUMN usage.node_day.node_id IS 'The machine';
COMMENT ON COLUMN usage.node_day.observed IS 'Time that was really observed, in seconds, of the time that is expected';
COMMENT ON COLUMN usage.node_day.expected IS 'Time of the day from the slot after the one it was first observed in up to the slot it is now, in seconds';

GRANT SELECT ON usage.node_day TO hm_rater, hm_finance, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (slot_start) ON usage.node_slot TO hm_finance, hm_dashboard;
GRANT SELECT ON usage.node_coverage TO hm_finance, hm_dashboard;
GRANT SELECT (node_id, hub_id) ON usage.node TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_dashboard;
GRANT SELECT (hub, institution_id, valid) ON org.hub_owner TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, time_zone) ON org.institution TO hm_finance, hm_dashboard;

-- What reports say is missing: days not rated, time not observed, user names of nobody, prices.
BEGIN;
\ir ../fixture.sql
SELECT plan(24);

INSERT INTO org.institution (code, name, time_zone, currency)
VALUES ('la', 'LA', 'America/Los_Angeles', 'USD'), ('kt', 'KT', 'Asia/Kathmandu', 'EUR');
INSERT INTO org.hub_owner
SELECT v.hub, i.institution_id, v.valid::tstzrange
FROM (VALUES ('h1', 'la', '(,)'), ('h2', 'la', '(,2026-03-10 00:00Z)'), ('h2', 'kt', '[2026-03-10 00:00Z,)')) v (hub, code, valid)
JOIN org.institution i USING (code);
INSERT INTO org.person (code, name) VALUES ('p', 'P');
INSERT INTO org.alias SELECT 'h1', u, person_id FROM org.person, unnest(ARRAY['grace.h@example.edu', U&'zoe\0308']) u;

SELECT results_eq($$ SELECT institution, time_zone, currency, current_month FROM report.institution ORDER BY 1 $$, $$ VALUES
    ('(unowned)', 'UTC', (SELECT currency FROM org.institution WHERE institution_id = 0), date_trunc('month', now() AT TIME ZONE 'UTC')::date),
    ('kt', 'Asia/Kathmandu', 'EUR', date_trunc('month', now() AT TIME ZONE 'Asia/Kathmandu')::date),
    ('la', 'America/Los_Angeles', 'USD', date_trunc('month', now() AT TIME ZONE 'America/Los_Angeles')::date) $$, 'the month it is now, in each calendar');

-- days that wait
INSERT INTO usage.hub (name) VALUES ('h1'), ('h2'), ('h3');
INSERT INTO ingest.dirty_day (hub_id, day)
SELECT hub_id, d::date FROM usage.hub, unnest(ARRAY['2026-03-01', '2026-03-09', '2026-03-09', '2026-03-10']) d
WHERE name = 'h2' OR d = '2026-03-01';
SELECT results_eq($$ SELECT institution, month, hub, day FROM report.pending_rating ORDER BY 3, 4, 2 $$, $$ VALUES
    ('la', '2026-02-01'::date, 'h1', '2026-03-01'::date), ('la', '2026-03-01', 'h1', '2026-03-01'),
    ('la', '2026-02-01', 'h2', '2026-03-01'), ('la', '2026-03-01', 'h2', '2026-03-01'),
    ('la', '2026-03-01', 'h2', '2026-03-09'), ('kt', '2026-03-01', 'h2', '2026-03-10'),
    ('(unowned)', '2026-03-01', 'h3', '2026-03-01') $$, 'every month of the owner that the day touches, once');
SELECT ok(bool_and(failure IS NULL AND failed_at IS NULL), 'none has failed') FROM report.pending_rating;
INSERT INTO charge.failed_day (hub_id, day, reason) SELECT hub_id, '2026-03-10', 'overflow' FROM usage.hub WHERE name = 'h2';
SELECT results_eq($$ SELECT hub, day, failure FROM report.pending_rating WHERE failure IS NOT NULL $$,
    $$ VALUES ('h2', '2026-03-10'::date, 'overflow') $$, 'one that failed says why');

-- time that was observed
INSERT INTO usage.resource_class (name) VALUES ('');
SELECT usage.ensure_month('2026-03-15'), usage.ensure_month('2026-04-15'), usage.ensure_month(now()) \g /dev/null
CREATE FUNCTION pg_temp.observe(of_hub text, of_node text, starts timestamptz, ends timestamptz, msec bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO usage.node (hub_id, name, last_window_end, last_observed)
    SELECT hub_id, of_node, ends, CASE WHEN msec > 0 THEN ends END FROM usage.hub WHERE name = of_hub
    ON CONFLICT (hub_id, name) DO UPDATE SET last_window_end = greatest(node.last_window_end, excluded.last_window_end),
                                             last_observed = greatest(node.last_observed, excluded.last_observed);
    INSERT INTO usage.node_slot
    SELECT s, node_id, class_id, msec, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM usage.node n JOIN usage.hub h USING (hub_id), usage.resource_class, generate_series(starts, ends - interval '1 second', '15 min') s
    WHERE h.name = of_hub AND n.name = of_node $$;
CREATE VIEW pg_temp.seen AS SELECT institution, month, hub || '/' || node AS node, trim_scale(observed) AS observed, trim_scale(expected) AS expected, silent_since FROM report.coverage;
SELECT pg_temp.observe('h1', 'steady', '2026-03-01 08:00Z', '2026-04-01 08:00Z', 900000);
SELECT pg_temp.observe('h1', 'gap', '2026-03-31 00:00Z', '2026-03-31 06:00Z', 899999);
SELECT pg_temp.observe('h1', 'gap', '2026-04-01 06:45Z', '2026-04-01 07:15Z', 900000);
SELECT pg_temp.observe('h1', 'dead', '2026-03-20 07:00Z', '2026-03-20 08:00Z', 900000);
SELECT pg_temp.observe('h1', 'imported', '2026-03-20 07:00Z', '2026-03-20 08:00Z', 0);
SELECT pg_temp.observe('h1', 'dead', '2026-04-20 07:00Z', '2026-04-20 08:00Z', 0);
SELECT results_eq($$ SELECT node, observed, expected, silent_since FROM pg_temp.seen WHERE month = '2026-03-01' ORDER BY 1 $$, $$ VALUES
    ('h1/dead',   2700.0,   12 * 86400.0 - 900, '2026-03-20 08:00Z'::timestamptz),
    ('h1/gap',    20699.977 + 900, 86400.0 + 7 * 3600 - 900, NULL),
    ('h1/steady', 31 * 86400.0 - 4500, 31 * 86400.0 - 4500, NULL) $$,
    'since it was first seen, in the calendar of the owner; imported usage was not observed');
SELECT results_eq($$ SELECT node, observed, expected, silent_since FROM pg_temp.seen WHERE month = '2026-04-01' ORDER BY 1 $$, $$ VALUES
    ('h1/dead',   0.0,  30 * 86400.0, '2026-03-20 08:00Z'::timestamptz),
    ('h1/gap',    900.0, 30 * 86400.0, '2026-04-01 07:15Z'),
    ('h1/steady', 3600.0, 30 * 86400.0, '2026-04-01 08:00Z') $$, 'in the month after, all of the month');
SELECT is_empty($$ SELECT * FROM report.coverage WHERE month > '2026-05-01' $$, 'and no more after a month of silence');
SELECT pg_temp.observe('h2', 'sold', '2026-03-09 00:00Z', '2026-03-11 00:00Z', 900000);
SELECT results_eq($$ SELECT institution, observed, expected FROM pg_temp.seen WHERE month = '2026-03-01' AND node = 'h2/sold' ORDER BY 1 $$,
    $$ VALUES ('kt', 85500.0, 22 * 86400.0 - 6 * 3600), ('la', 85500.0, 85500.0) $$, 'a hub that changes hands: each its part');
SELECT pg_temp.observe('h3', 'alive', usage.slot_of(now()) - interval '1 hour', usage.slot_of(now()), 900000);
SELECT ok(bool_and(silent_since IS NULL AND observed = expected AND expected = 2700), 'a node that is alive, up to the slot that it is now')
FROM pg_temp.seen WHERE node = 'h3/alive' AND month = date_trunc('month', now() AT TIME ZONE 'UTC')::date;
SELECT is((SELECT institution FROM pg_temp.seen WHERE node = 'h3/alive' LIMIT 1), '(unowned)', 'of a hub of nobody');
SELECT pg_temp.workload('h1', 'ann', 'w', 'dead') \g /dev/null
SELECT results_eq($$ SELECT institution, hub, source, nodes, trim_scale(observed), expected, percent FROM report.completeness WHERE hub = 'h1' AND day = '2026-03-20' ORDER BY source $$, $$ VALUES
    ('la', 'h1', 'node', 2::bigint, 86400.0 + 2700, 2 * 86400.0 - 900, 51.83), ('la', 'h1', 'process tree', 1, 2700, 85500, 3.16) $$, 'by day, of all nodes and of those with a kind of workload');
SELECT results_eq($$ SELECT day::text, expected FROM report.completeness WHERE hub = 'h1' AND source = 'process tree' AND day < '2026-03-22' $$, $$ VALUES ('2026-03-20', 85500.0), ('2026-03-21', 86400.0) $$, 'also of days on which nothing was seen');
SELECT results_eq($$ SELECT institution, date_trunc('month', day)::date AS month, hub, sum(observed), sum(expected) FROM report.completeness WHERE source = 'node' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 $$,
    'SELECT institution, month, hub, sum(observed), sum(expected) FROM report.coverage GROUP BY 1, 2, 3 ORDER BY 1, 2, 3', 'days are the months');

-- user names of nobody
SELECT pg_temp.use(pg_temp.workload('h1', u, u), '', '2026-03-05 20:00Z', '2026-03-05 21:00Z', cores => 1)
FROM unnest(ARRAY['Grace.H@Example.EDU', U&'zo\00EB', 'eve', '', 'grace.h@example.edu']) u \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT results_eq($$ SELECT institution, month, hub, username, resembles, first_slot, last_slot FROM report.unknown_user ORDER BY username COLLATE "C" $$, $$ VALUES
    ('la', '2026-03-01'::date, 'h1', 'Grace.H@Example.EDU', 'grace.h@example.edu', '2026-03-05 20:00Z'::timestamptz, '2026-03-05 20:45Z'::timestamptz),
    ('la', '2026-03-01', 'h1', 'eve', NULL, '2026-03-05 20:00Z', '2026-03-05 20:45Z'),
    ('la', '2026-03-01', 'h1', U&'zo\00EB', U&'zoe\0308', '2026-03-05 20:00Z', '2026-03-05 20:45Z') $$,
    'user names with usage and without a person, and whom they look like');
SELECT is_empty($$ SELECT FROM report.pending_rating WHERE hub = 'h1' AND day = '2026-03-05' $$, 'nothing of them waits');

-- the figures by resource
SELECT results_eq($$ SELECT * FROM usage.by_resource(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) $$,
    $$ VALUES ('cpu', 1::numeric, 2::numeric, 3::numeric), ('memory', 4, 5, 6), ('gpu', 7, 8, 9), ('storage', 10, 0, 10), ('net_rx', 11, 0, 11), ('net_tx', 12, 0, 12) $$,
    'every quantity in its place');
SELECT results_eq($$ SELECT resource FROM usage.by_resource(0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0) $$, $$ VALUES ('cpu'), ('gpu') $$, 'rows of nothing are left out');
UPDATE usage.node_slot SET (cpu_capacity_usec, cpu_used_usec, cpu_system_usec, memory_capacity_mib_sec, memory_used_mib_sec, memory_system_mib_sec, gpu_capacity_msec, gpu_used_msec, gpu_system_msec)
    = (1, 2, 3, 4, 5, 6, 7, 8, 9);
SELECT results_eq($$ SELECT DISTINCT resource, capacity::int, used::int, system::int FROM usage.node_slot_resource ORDER BY 2 $$,
    $$ VALUES ('cpu', 1, 2, 3), ('memory', 4, 5, 6), ('gpu', 7, 8, 9) $$, 'also of nodes');
SELECT is((SELECT count(*) FROM price.resource), 6::bigint, 'and there is no other resource');

-- finance reads all of it
SELECT lives_ok(format('SELECT pg_temp.as_role(%L, %L)', 'hm_finance', format('SELECT * FROM report.%I', v)), v || ': finance may')
FROM unnest(ARRAY['pending_rating', 'coverage', 'completeness', 'unknown_user', 'unpriced_usage']) v;
SELECT * FROM finish();
ROLLBACK;

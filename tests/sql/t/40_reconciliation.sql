-- Laws, on seeded random usage: nothing is lost or doubled by rating, whatever changes inside a day.
BEGIN;
\ir ../fixture.sql
SELECT plan(25);
SELECT setseed(0.20261124) \g /dev/null
CREATE FUNCTION pg_temp.k() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT floor(random() * 1000000000)::bigint $$;

INSERT INTO org.institution (code, name, time_zone, currency)
VALUES ('la', 'LA', 'America/Los_Angeles', 'USD'), ('kt', 'KT', 'Asia/Kathmandu', 'EUR');
INSERT INTO org.unit (institution_id, code, name)
SELECT institution_id, 'u' || n, 'U' FROM org.institution, generate_series(1, 3) n WHERE institution_id > 0;
INSERT INTO org.person (code, name) SELECT 'p' || n, 'P' FROM generate_series(1, 30) n;

-- Two hubs; one changes owner and is nobody's for an hour and a quarter in between.
INSERT INTO org.hub_owner
SELECT v.hub, i.institution_id, v.valid::tstzrange
FROM (VALUES ('h1', 'la', '[2026-01-01 00:00Z,2026-01-31 10:15Z)'), ('h1', 'kt', '[2026-01-31 11:30Z,)'),
             ('h2', 'kt', '(,)')) v (hub, code, valid) JOIN org.institution i USING (code);

-- Most people have an alias, most of these a home that changes at a random slot.
INSERT INTO org.alias SELECT h, 'user' || n, person_id
FROM generate_series(1, 26) n JOIN org.person p ON p.code = 'p' || n, unnest(ARRAY['h1', 'h2']) h;
CREATE TEMPORARY TABLE turn AS
SELECT person_id, timestamptz '2026-01-30 12:00Z' + floor(random() * 192) * interval '15 min' AS at,
       ceil(random() * 6)::int AS before, ceil(random() * 6)::int AS after
FROM org.person WHERE random() < 0.9;
INSERT INTO org.membership (person_id, unit_id, home, valid)
SELECT person_id, u.unit_id, true, tstzrange(NULL, at) FROM turn JOIN (SELECT unit_id, row_number() OVER () r FROM org.unit) u ON r = before
UNION ALL
SELECT person_id, u.unit_id, true, tstzrange(at + floor(random() * 3) * interval '15 min', NULL)
FROM turn JOIN (SELECT unit_id, row_number() OVER () r FROM org.unit) u ON r = after;

-- Prices change at random slots too; some resources have none.
INSERT INTO price.book (institution_id, resource, class, rate, valid)
SELECT t.institution_id, t.code, t.class, round(random()::numeric * 3, 13), v.valid
FROM (SELECT i.institution_id, r.code, c.class,
             timestamptz '2026-01-31 00:15Z' + floor(random() * 90) * interval '15 min' AS at
      FROM org.institution i, price.resource r, (VALUES (NULL), ('c1')) c (class)
      WHERE i.institution_id > 0 AND r.code <> 'net_rx') t,
LATERAL (VALUES (tstzrange('2026-01-30 00:00Z', t.at)), (tstzrange(t.at, NULL))) v (valid);

-- Usage over three days around a month's end, every figure on its own.
SELECT pg_temp.workload(h, CASE WHEN n > 28 THEN '' ELSE 'user' || n END, h || n, 'n' || n % 3)
FROM unnest(ARRAY['h1', 'h2']) h, generate_series(1, 30) n \g /dev/null
INSERT INTO usage.resource_class (name) VALUES (''), ('c1'), ('c2');
SELECT usage.ensure_month('2026-01-15'), usage.ensure_month('2026-02-15') \g /dev/null
INSERT INTO usage.slot
SELECT s, workload_id, class_id, pg_temp.k(), pg_temp.k(), pg_temp.k(), pg_temp.k(), pg_temp.k(), pg_temp.k(),
       pg_temp.k(), pg_temp.k(), pg_temp.k(), pg_temp.k(), pg_temp.k(), pg_temp.k(), pg_temp.k(), 0, hub_id
FROM (SELECT s, workload_id, class_id, hub_id FROM generate_series(timestamptz '2026-01-30 00:00Z', '2026-02-01 23:45Z', '15 min') s,
      usage.workload JOIN usage.node USING (node_id), usage.resource_class WHERE random() < 0.1) x;
INSERT INTO ingest.dirty_day (hub_id, day)
SELECT hub_id, d::date FROM usage.hub, generate_series(timestamp '2026-01-30', '2026-02-01', '1 day') d;

SELECT ok(bool_and(is_pending AND difference > 0), 'before rating nothing agrees') FROM report.rating_reconciliation;
SELECT cmp_ok(pg_temp.rate(), '>', 1000::bigint, 'lines are written');
SELECT is_empty($$ SELECT * FROM report.rating_reconciliation WHERE difference <> 0 OR is_pending $$,
    'per hub, day and resource the lines are the usage');
SELECT is(count(*), 36::bigint, 'for 2 hubs, 3 days, 6 resources') FROM report.rating_reconciliation;

-- Against the naive answer: every slot asked by itself.
CREATE TEMPORARY TABLE naive AS
SELECT n.hub_id, coalesce(d.institution_id, o.institution_id, 0) AS institution_id, m.unit_id, a.person_id, w.username,
       s.class_id, q.resource, coalesce(own.price_id, any_class.price_id) AS price_id,
       date_trunc('month', s.slot_start AT TIME ZONE i.time_zone)::date AS month,
       (s.slot_start AT TIME ZONE 'UTC')::date AS day, coalesce(o.institution_id, 0) AS provider_id,
       date_trunc('month', s.slot_start AT TIME ZONE p.time_zone)::date AS line_month,
       sum(q.billable) AS billable, sum(q.used) AS used, coalesce(own.rate, any_class.rate) AS rate, r.base_units
FROM usage.slot s
JOIN usage.workload w USING (workload_id) JOIN usage.node n USING (node_id) JOIN usage.hub h ON h.hub_id = n.hub_id
JOIN usage.resource_class c USING (class_id)
LEFT JOIN org.hub_owner o ON o.hub = h.name AND o.valid @> s.slot_start
LEFT JOIN org.alias a ON a.hub = h.name AND a.username = w.username
LEFT JOIN org.membership m ON m.person_id = a.person_id AND m.home AND m.valid @> s.slot_start
LEFT JOIN org.unit d USING (unit_id)
JOIN org.institution i ON i.institution_id = coalesce(d.institution_id, o.institution_id, 0)
JOIN org.institution p ON p.institution_id = coalesce(o.institution_id, 0)
CROSS JOIN LATERAL (VALUES ('cpu', cpu_used_usec, cpu_billable_usec), ('memory', memory_used_mib_sec, memory_billable_mib_sec),
    ('gpu', gpu_used_msec, gpu_billable_msec), ('storage', storage_mib_sec, storage_mib_sec),
    ('net_rx', net_rx_bytes, net_rx_bytes), ('net_tx', net_tx_bytes, net_tx_bytes)) q (resource, used, billable)
JOIN price.resource r ON r.code = q.resource
LEFT JOIN price.book own ON own.institution_id = o.institution_id AND own.resource = q.resource AND own.class = c.name AND own.valid @> s.slot_start
LEFT JOIN price.book any_class ON any_class.institution_id = o.institution_id AND any_class.resource = q.resource
      AND any_class.class IS NULL AND any_class.valid @> s.slot_start
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, coalesce(own.rate, any_class.rate), r.base_units;
CREATE TEMPORARY VIEW share AS
SELECT s.hub_id, s.day, s.institution_id, s.month, s.unit_id, s.person_id, g.username, l.class_id, s.resource, l.provider_id, l.price_id,
       l.month AS line_month, sum(s.used) AS used, sum(s.billable) AS billable
FROM charge.share s JOIN charge.line l ON (l.line_id, l.month) = (s.line_id, s.line_month) JOIN charge.workload_group g ON g.workload_group_id = s.workload_group_id
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
CREATE TEMPORARY VIEW naive_share AS
SELECT hub_id, day, institution_id, month, unit_id, person_id, username, class_id, resource, provider_id, price_id, line_month,
       sum(used) AS used, sum(billable) AS billable
FROM naive GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
SELECT is((SELECT count(*) FROM share), (SELECT count(*) FROM naive_share), 'as many shares as asking for each slot by itself');
SELECT is((SELECT count(*) FROM (TABLE share EXCEPT TABLE naive_share) d), 0::bigint, 'and the same ones');
CREATE TEMPORARY VIEW naive_line AS
SELECT hub_id, day, username, class_id, resource, provider_id, price_id, line_month AS month, sum(used) AS used, sum(billable) AS billable,
       coalesce(round(sum(billable) * rate / base_units, 9), 0) AS amount
FROM naive GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, rate, base_units;
CREATE TEMPORARY VIEW line AS
SELECT l.hub_id, day, username, class_id, resource, provider_id, price_id, month, used, billable, amount
FROM charge.line l JOIN charge.workload_group g USING (workload_group_id);
SELECT is((SELECT count(*) FROM line), (SELECT count(*) FROM naive_line), 'likewise lines');
SELECT is((SELECT count(*) FROM (TABLE line EXCEPT TABLE naive_line) d), 0::bigint, 'each rounded once');
SELECT cmp_ok((SELECT count(*) FROM share), '>', (SELECT count(*) FROM line), 'some lines are several people''s to pay');
SELECT ok(bool_and(abs(s.amount - l.amount * s.billable / nullif(l.billable, 0)) < 0.000000001), 'and each pays by what was used, to less than a nano-unit')
FROM charge.share s JOIN charge.line l ON (l.line_id, l.month) = (s.line_id, s.line_month);
SELECT is((SELECT sum(amount) FROM report.department_cost), (SELECT sum(amount) FROM charge.line), 'departments add up to the lines');
SELECT is((SELECT sum(amount) FROM report.user_cost), (SELECT sum(amount) FROM charge.line), 'users add up to the lines');
SELECT cmp_ok(count(DISTINCT month), '=', 2::bigint, 'over two months') FROM charge.line;

-- A replay changes nothing: not even where a row lies.
CREATE TEMPORARY VIEW place AS
SELECT tableoid::regclass::text AS part, ctid::text AS row, line_id, 0 AS sequence FROM charge.line
UNION ALL SELECT tableoid::regclass::text, ctid::text, line_id, sequence FROM charge.share;
CREATE TEMPORARY TABLE before AS TABLE place;
SELECT pg_temp.rate_day(hub_id, d::date) FROM usage.hub, generate_series(timestamp '2026-01-30', '2026-02-01', '1 day') d \g /dev/null
SELECT is_empty('TABLE place EXCEPT TABLE before', 'rating again touches no line and no share');
SELECT is((SELECT count(*) FROM charge.line) + (SELECT count(*) FROM charge.share), (SELECT count(*) FROM before), 'and writes nothing twice');
SELECT is((SELECT count(*) FROM charge.run_day), 6::bigint, 'so no run speaks of it');

-- Nodes: total = people + system, people from the workloads and not from the node's figures.
INSERT INTO usage.node_slot
SELECT s.slot_start, w.node_id, s.class_id, 900000, 0, sum(s.cpu_used_usec) + 7, 7,
       0, sum(s.memory_used_mib_sec) + 5, 5, 0, sum(s.gpu_used_msec), 0
FROM usage.slot s JOIN usage.workload w USING (workload_id) GROUP BY 1, 2, 3;
SELECT is_empty($$ SELECT * FROM report.node_reconciliation WHERE difference <> 0 OR total <> people + system $$,
    'every node: total = people + system');
CREATE TEMPORARY VIEW naive_node AS
SELECT coalesce(i.code, '(unowned)') AS institution, h.name AS hub, n.name AS node,
       charge.month(f.slot_start, coalesce(i.time_zone, 'UTC')) AS month, f.resource, sum(f.total) AS total,
       sum(f.people) AS people, sum(f.system) AS system, sum(f.coverage_msec) * 0.001 AS coverage
FROM (SELECT node_id, slot_start, resource, used, 0, system, coverage_msec FROM usage.node_slot_resource
      UNION ALL
      SELECT w.node_id, s.slot_start, q.resource, 0, q.used, 0, 0
      FROM usage.slot AS s JOIN usage.workload AS w USING (workload_id)
      CROSS JOIN LATERAL (VALUES ('cpu', s.cpu_used_usec), ('memory', s.memory_used_mib_sec),
                                 ('gpu', s.gpu_used_msec)) AS q (resource, used)
      WHERE q.used > 0) AS f (node_id, slot_start, resource, total, people, system, coverage_msec)
JOIN usage.node AS n USING (node_id) JOIN usage.hub AS h USING (hub_id)
LEFT JOIN org.hub_owner AS o ON o.hub = h.name AND o.valid @> f.slot_start
LEFT JOIN org.institution AS i USING (institution_id)
GROUP BY 1, 2, 3, 4, 5;
CREATE TEMPORARY VIEW node AS
SELECT k.institution, k.hub, k.node, k.month, k.resource, k.total / r.shown_factor AS total,
       k.people / r.shown_factor AS people, k.system / r.shown_factor AS system, k.coverage
FROM report.node_reconciliation AS k JOIN price.resource AS r ON r.code = k.resource;
SELECT bag_eq('TABLE node', 'TABLE naive_node', 'added up by owner and month of each slot');
SELECT cmp_ok(count(DISTINCT month), '>', 1::bigint, 'which are several') FROM node;
UPDATE usage.slot SET cpu_used_usec = cpu_used_usec + 3
WHERE (slot_start, workload_id, class_id) = (SELECT slot_start, workload_id, class_id FROM usage.slot LIMIT 1);
SELECT results_eq($$ SELECT difference, unit FROM report.node_reconciliation WHERE difference <> 0 $$,
    $$ VALUES (-0.000003, 'core-seconds') $$, 'invented usage shows to the microsecond');
-- What the kernel measured: a figure of its own, slot by slot, and only of slots that were measured throughout.
SELECT is(count(measured) + count(discrepancy) + count(steal) + count(*) FILTER (WHERE has_restarted), 0::bigint,
          'nobody measured: not 0, but unknown') FROM report.node_reconciliation;
UPDATE usage.node_slot
SET cpu_measured_usec = cpu_used_usec - 1000000, cpu_steal_usec = 250000, memory_measured_mib_sec = memory_used_mib_sec + 3,
    measured_flags = 0
WHERE node_id = (SELECT min(node_id) FROM usage.node_slot);
UPDATE usage.node_slot SET cpu_measured_usec = NULL, cpu_steal_usec = NULL, memory_measured_mib_sec = NULL, measured_flags = NULL
WHERE (node_id, slot_start) = (SELECT node_id, min(slot_start) FROM usage.node_slot WHERE cpu_measured_usec IS NOT NULL
                               GROUP BY node_id);
CREATE TEMPORARY VIEW naive_measure AS
SELECT n.name AS node, q.resource, sum(q.measured) AS measured, sum(q.measured - q.used) AS discrepancy, sum(q.steal) AS steal
FROM usage.node_slot AS s JOIN usage.node AS n USING (node_id)
CROSS JOIN LATERAL (VALUES ('cpu', s.cpu_measured_usec, s.cpu_used_usec, s.cpu_steal_usec),
                           ('memory', s.memory_measured_mib_sec, s.memory_used_mib_sec, NULL),
                           ('gpu', NULL, s.gpu_used_msec, NULL)) AS q (resource, measured, used, steal)
GROUP BY 1, 2;
SELECT bag_eq($$ SELECT k.node, k.resource, sum(k.measured / r.shown_factor) AS measured,
                        sum(k.discrepancy / r.shown_factor) AS discrepancy, sum(k.steal / r.shown_factor) AS steal
                 FROM report.node_reconciliation AS k JOIN price.resource AS r ON r.code = k.resource GROUP BY 1, 2 $$,
    'TABLE naive_measure', 'what was measured is compared with what was attributed in the same quarters of an hour');
SELECT cmp_ok(min(discrepancy), '<', 0::numeric, 'more was attributed than measured')
FROM report.node_reconciliation WHERE resource = 'cpu';
UPDATE usage.node_slot SET measured_flags = 65 WHERE cpu_measured_usec IS NOT NULL
   AND slot_start = (SELECT max(slot_start) FROM usage.node_slot WHERE cpu_measured_usec IS NOT NULL);
SELECT results_eq($$ SELECT DISTINCT n.has_restarted, n.resource FROM report.node_reconciliation AS n WHERE n.has_restarted ORDER BY 2 $$,
    $$ VALUES (true, 'cpu'), (true, 'memory') $$, 'a counter that started over is told where something was measured');
DELETE FROM usage.node_slot WHERE node_id = (SELECT min(node_id) FROM usage.node_slot);
SELECT bag_eq('TABLE node', 'TABLE naive_node', 'also where a node said nothing of itself');

SELECT * FROM finish();
ROLLBACK;

-- The sums of what was observed of nodes are those of the slots, whatever happens to these.
BEGIN;
\ir ../fixture.sql
SELECT plan(10);

INSERT INTO usage.hub (name) VALUES ('h');
INSERT INTO usage.resource_class (name) VALUES (''), ('gpu');
INSERT INTO usage.node (hub_id, name, last_window_end) SELECT hub_id, n, 'infinity' FROM usage.hub, unnest(ARRAY['a', 'b', 'c']) AS n WHERE name = 'h';
SELECT usage.ensure_month('2026-03-15'), usage.ensure_month('2026-04-15') \g /dev/null

-- As a flush of the aggregator does it: what is there is added to.
CREATE FUNCTION pg_temp.flush(of_node text, class text, starts timestamptz, slots integer, msec bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO usage.node_slot AS t
    SELECT starts + i * interval '15 min', node_id, class_id, msec, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM usage.node AS n JOIN usage.hub AS h USING (hub_id), usage.resource_class AS c, generate_series(0, slots - 1) AS g (i)
    WHERE h.name = 'h' AND n.name = of_node AND c.name = class
    ON CONFLICT (slot_start, node_id, class_id) DO UPDATE SET coverage_msec = t.coverage_msec + excluded.coverage_msec $$;
-- How many slots stand with another sum than their own, or are missing.
CREATE FUNCTION pg_temp.off() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*)
    FROM (SELECT node_id, slot_start, sum(coverage_msec) AS msec FROM usage.node_slot GROUP BY 1, 2 HAVING sum(coverage_msec) <> 0) AS s
    FULL JOIN (SELECT c.node_id, c.day::timestamp AT TIME ZONE 'UTC' + (n - 1) * interval '15 min' AS slot_start,
                      c.observed_msec[n + 1] - c.observed_msec[n] AS msec
               FROM usage.node_coverage AS c, generate_series(1, 96) AS n
               WHERE c.observed_msec[n + 1] <> c.observed_msec[n]) AS c USING (node_id, slot_start)
    WHERE s.msec IS DISTINCT FROM c.msec $$;
CREATE FUNCTION pg_temp.observed(of_node text, parts tstzmultirange) RETURNS numeric LANGUAGE sql AS $$
    SELECT o.msec FROM usage.node AS n JOIN usage.hub AS h USING (hub_id), usage.observed(n.node_id, parts) AS o WHERE h.name = 'h' AND n.name = of_node $$;

SELECT pg_temp.flush('a', '', '2026-03-31 23:45Z', 2, 900000), pg_temp.flush('a', 'gpu', '2026-03-31 23:45Z', 1, 5),
       pg_temp.flush('b', '', '2026-03-30 10:00Z', 300, 1000), pg_temp.flush('c', '', '2026-03-30 10:00Z', 3, 0) \g /dev/null
SELECT is(pg_temp.off(), 0::bigint, 'slots that are new');
SELECT is((SELECT count(*) FROM usage.node_coverage), 6::bigint, 'a row for each node and UTC day with something');
SELECT pg_temp.flush('a', '', '2026-03-31 23:30Z', 1, 7), pg_temp.flush('b', '', '2026-03-30 00:00Z', 96, 11) \g /dev/null
SELECT is(pg_temp.off(), 0::bigint, 'slots that are added to, and earlier ones');
SELECT is(pg_temp.observed('a', '{[2026-03-31 23:30Z, 2026-04-01 00:15Z)}'), 1800012.0, 'over midnight');
SELECT is(pg_temp.observed('b', '{[2026-03-30 00:15Z, 2026-03-30 00:45Z), [2026-03-31 23:45Z, 2026-04-01 00:30Z)}'), 22.0 + 3000, 'in parts');
SELECT is((SELECT f.slot FROM usage.node AS n, usage.first_observed(n.node_id, '{[2026-03-30 00:00Z, 2026-03-31 00:00Z), [2026-03-31 23:40Z, 2026-04-01 09:00Z)}') AS f
           WHERE n.name = 'a'), '2026-03-31 23:45Z', 'the first slot');
SELECT is((SELECT f.slot FROM usage.node AS n, usage.first_observed(n.node_id, '{[2026-03-01 00:00Z, 2026-05-01 00:00Z)}') AS f
           WHERE n.name = 'c'), NULL, 'none of a node that was never observed');
UPDATE usage.node_slot SET coverage_msec = coverage_msec - 1, slot_start = slot_start + interval '10 days' WHERE coverage_msec = 1000;
SELECT is(pg_temp.off(), 0::bigint, 'slots that move');
DELETE FROM usage.node_slot WHERE slot_start >= '2026-03-31 12:00Z';
SELECT is(pg_temp.off(), 0::bigint, 'slots that go');
TRUNCATE usage.node_slot;
SELECT is((SELECT count(*) FROM usage.node_coverage), 0::bigint, 'all of them');
SELECT * FROM finish();
ROLLBACK;

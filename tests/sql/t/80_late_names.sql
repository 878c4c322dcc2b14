-- A workload that gets its name late: which days are rated again.
BEGIN;
\ir ../fixture.sql
SELECT plan(6);

SELECT pg_temp.use(pg_temp.workload('h', u, u), '', '2026-05-02 22:00Z', '2026-05-04 01:00Z', cores => 1) FROM unnest(ARRAY['ann', '']) u \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', '', 'other', 'n2'), '', '2026-05-01 22:00Z', '2026-05-01 23:00Z', cores => 1) \g /dev/null
CREATE TEMPORARY TABLE stage_workload (number int, node_number int, kind smallint, external_id text, username text, server_name text, tag text, first_slot timestamptz);
CREATE TEMPORARY TABLE known_node AS
SELECT row_number() OVER (ORDER BY node_id)::int AS number, node_id, hub_id FROM usage.node;
GRANT SELECT ON stage_workload, known_node TO hm_aggregator;

CREATE FUNCTION pg_temp.marked(of_node int, external_id text, username text, server_name text, tag text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ingest.dirty_day;
    DELETE FROM stage_workload;
    INSERT INTO stage_workload VALUES (1, of_node, 1, external_id, username, server_name, tag, '2026-05-03');
    PERFORM pg_temp.as_role('hm_aggregator', 'SELECT ingest.mark_late_names()');
    RETURN (SELECT string_agg(to_char(day, 'MM-DD'), ' ' ORDER BY day) FROM ingest.dirty_day);
END
$$;
SELECT is(pg_temp.marked(1, '', 'bob', '', ''), '05-02 05-03 05-04', 'a user: every day from its first usage to the last of its node');
SELECT is(pg_temp.marked(1, 'ann', 'ann', '', 'course'), '05-02 05-03 05-04', 'a tag as well');
SELECT is(pg_temp.marked(1, 'ann', 'ann', 'server', ''), '05-02 05-03 05-04', 'and the server''s name');
SELECT is(pg_temp.marked(1, 'ann', 'eve', '', ''), NULL, 'a name that is known stays');
SELECT is(pg_temp.marked(2, 'other', 'bob', '', ''), '05-01', 'as far as its own node has usage');
SELECT is(pg_temp.marked(1, 'new', 'bob', '', ''), NULL, 'a new workload has nothing to be rated again');
SELECT * FROM finish();
ROLLBACK;

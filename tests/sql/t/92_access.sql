-- Who may write usage, and which hub the operator of one may read.
BEGIN;
\ir ../fixture.sql
SELECT plan(43);

CREATE FUNCTION pg_temp.as_aggregator(statement text) RETURNS text LANGUAGE sql AS $$
    SELECT throws_ok(format('SELECT pg_temp.as_role(%L, %L)', 'hm_aggregator', statement), '42501', NULL,
                     'the aggregator may not: ' || left(statement, 70)) $$;

-- How many rows of each table a login sees: what stands beside a name is a hub's, a topic's, a node's.
CREATE FUNCTION pg_temp.seen(as_login text, OUT answer text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', as_login);
    SELECT concat_ws(' ',
        (SELECT string_agg(name, ',' ORDER BY name) FROM usage.hub),
        (SELECT string_agg(name, ',' ORDER BY name) FROM usage.node),
        (SELECT string_agg(username, ',' ORDER BY username) FROM usage.workload),
        (SELECT count(*) FROM usage.slot), (SELECT count(*) FROM usage.node_slot),
        (SELECT count(*) FROM usage.node_slot_resource), (SELECT count(*) FROM usage.node_coverage),
        (SELECT string_agg(topic, ',' ORDER BY topic) FROM ingest.partition),
        (SELECT count(*) FROM ingest.watermark), (SELECT count(*) FROM ingest.gap),
        (SELECT string_agg(reason, ',' ORDER BY reason) FROM ingest.quarantine),
        (SELECT count(*) FROM ingest.dirty_day)) INTO answer;
    RESET SESSION AUTHORIZATION;
END
$$;

SELECT pg_temp.use(pg_temp.workload('a',  'ann', 'w1', 'na'), '', '2026-05-01 00:00Z', '2026-05-01 01:00Z', cores => 1);
SELECT pg_temp.use(pg_temp.workload('a2', 'bob', 'w2', 'nb'), '', '2026-05-01 00:00Z', '2026-05-01 02:00Z', cores => 1);
INSERT INTO usage.node_slot
SELECT s, n.node_id, c.class_id, 900000, 900000000, 5, 5, 1, 0, 0, 0, 0, 0
FROM generate_series('2026-05-01 00:00Z'::timestamptz, '2026-05-01 00:15Z', '15 min') AS s, usage.node AS n,
     usage.resource_class AS c;
INSERT INTO ingest.partition (topic, partition, next_offset) VALUES ('usage.a.v1', 0, 10), ('usage.a2.v1', 0, 20);
-- Whatever else these tables have: a row of each topic.
CREATE TEMPORARY TABLE known AS
SELECT jsonb_build_object('topic', topic, 'partition', 0, 'stream', E'\\x' || repeat('00', 16), 'sequence', 1,
                          'first_sequence', 2, 'last_sequence', 3, 'seen_at', now(), 'moved_on', '2026-05-01') AS r
FROM ingest.partition;
INSERT INTO ingest.watermark SELECT w.* FROM known, jsonb_populate_record(NULL::ingest.watermark, r) AS w;
INSERT INTO ingest.gap SELECT g.* FROM known, jsonb_populate_record(NULL::ingest.gap, r) AS g;
INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload)
VALUES ('usage.a.v1', 0, 3, 'malformed', 'secret of a'), ('usage.a2.v1', 0, 3, 'window_future', 'secret of a2');
SELECT ok((SELECT count(*) FROM ingest.dirty_day) >= 2, 'days of both hubs wait');

-- ------------------------------------------------------------------------------------------------
-- The aggregator adds
-- ------------------------------------------------------------------------------------------------

SELECT pg_temp.as_aggregator(s) FROM unnest(ARRAY[
    'UPDATE usage.hub SET name = ''b''', 'UPDATE usage.hub SET hub_id = DEFAULT',
    'UPDATE usage.resource_class SET name = ''b''',
    'UPDATE usage.node SET name = ''n''', 'UPDATE usage.node SET hub_id = (SELECT max(hub_id) FROM usage.hub)',
    'UPDATE usage.workload SET node_id = (SELECT max(node_id) FROM usage.node)',
    'UPDATE usage.workload SET external_id = ''x''', 'UPDATE usage.workload SET kind = 1',
    'UPDATE usage.workload SET username = ''eve''', 'UPDATE usage.workload SET username = ''''',
    'UPDATE usage.workload SET first_slot = first_slot + interval ''1 day''',
    'UPDATE usage.slot SET workload_id = workload_id + 1', 'UPDATE usage.slot SET hub_id = 0',
    'UPDATE usage.slot SET slot_start = slot_start + interval ''1 day''', 'UPDATE usage.node_slot SET node_id = 1',
    'UPDATE ingest.partition SET next_offset = 0', 'UPDATE ingest.partition SET last_crc32c = NULL',
    'UPDATE ingest.partition SET flushed_at = NULL', 'UPDATE ingest.partition SET topic = ''usage.b.v1''',
    'UPDATE ingest.watermark SET stream = stream',
    'INSERT INTO usage.hub (hub_id, name) OVERRIDING SYSTEM VALUE VALUES (99, ''b'')', 'DELETE FROM usage.node_coverage',
    'INSERT INTO usage.hub_operator (login, hub) VALUES (''hm_hub_ro'', ''a'')',
    'SELECT usage.show_hub(''hm_hub_ro'', ''a'')', 'ALTER TABLE usage.workload DISABLE TRIGGER keep_names'
]) AS s;

SELECT lives_ok($$ SELECT pg_temp.as_role('hm_aggregator',
    'UPDATE usage.workload SET tag = ''lab'', server_name = ''s'', first_slot = first_slot - interval ''15 min''') $$,
    'the aggregator may bind what is not bound, and find earlier usage');
SELECT pg_temp.as_aggregator(s) FROM unnest(ARRAY['UPDATE usage.workload SET tag = ''other''',
                                                  'UPDATE usage.workload SET server_name = ''other''']) AS s;
SELECT lives_ok($$ UPDATE usage.workload SET tag = '', server_name = '' $$, 'whoever owns the schema may mend it');
SELECT is_empty($$ SELECT FROM pg_proc WHERE proname = 'advance' AND NOT prosecdef $$,
                'an offset is moved by ingest.advance(), which runs as the owner');

-- ------------------------------------------------------------------------------------------------
-- Operators
-- ------------------------------------------------------------------------------------------------

CREATE ROLE ops_a LOGIN IN ROLE hm_hub_ro;
CREATE ROLE ops_none LOGIN IN ROLE hm_hub_ro;
CREATE ROLE stranger LOGIN;
SELECT pg_temp.as_role('hm_rater', $$ SELECT usage.show_hub('ops_a', h) FROM unnest(ARRAY['a', 'a', 'later']) AS h $$);
SELECT throws_ok($$ SELECT usage.show_hub('stranger', 'a') $$, '42704', NULL, 'who is no operator is shown nothing');
SELECT throws_ok($$ SELECT usage.show_hub('nobody', 'a') $$, '42704', NULL, 'nor who is not there');
SELECT throws_ok($$ SELECT usage.show_hub('ops_a', 'a.v1') $$, '23514', NULL, 'what is no name of a hub is refused');
SELECT is((SELECT count(*) FROM audit.change WHERE table_name = 'usage.hub_operator'), 2::bigint, 'both are on record');

SELECT is(pg_temp.seen('ops_a'), format('a na ann 4 2 6 1 usage.a.v1 1 1 malformed %s',
    (SELECT count(*) FROM ingest.dirty_day JOIN usage.hub USING (hub_id) WHERE name = 'a')),
    'an operator sees the own hub');
SELECT is(pg_temp.seen('ops_none'), '0 0 0 0 0 0 0', 'and without one nothing');
SELECT is(pg_temp.seen('hm_hub_ro'), '0 0 0 0 0 0 0', 'so does the role itself');
SELECT pg_temp.as_role('hm_rater', $$ SELECT usage.hide_hub('ops_a', 'a') $$);
SELECT is(pg_temp.seen('ops_a'), '0 0 0 0 0 0 0', 'what was hidden is gone from the next query on');
SELECT throws_ok($$ SELECT usage.hide_hub('ops_a', 'a') $$, 'P0002', NULL, 'and cannot be hidden twice');

SELECT is_empty($$
    SELECT c.oid::regclass FROM pg_class AS c
    WHERE c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema') AND c.relpersistence <> 't'
      AND c.relkind IN ('r', 'p', 'm')
      AND has_any_column_privilege('hm_hub_ro', c.oid, 'SELECT') AND NOT c.relrowsecurity
      AND c.relnamespace <> 'audit'::regnamespace AND c.oid <> 'usage.resource_class'::regclass
      AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e') $$,
    'an operator reads no table of usage whose rows are not told apart');
SELECT is_empty($$
    SELECT c.oid::regclass FROM pg_class AS c
    WHERE c.relkind = 'v' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
      AND has_any_column_privilege('hm_hub_ro', c.oid, 'SELECT')
      AND NOT coalesce(c.reloptions @> ARRAY['security_invoker=true'], false)
      AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e') $$,
    'nor a view that reads for somebody else');
SELECT is_empty($$
    SELECT c.oid::regclass, r.rolname FROM pg_class AS c, pg_roles AS r
    WHERE c.relispartition AND c.relkind = 'r' AND r.rolname IN ('hm_aggregator', 'hm_hub_ro')
      AND has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE') $$,
    'nobody gets around the rules by a partition');

SELECT * FROM finish();
ROLLBACK;

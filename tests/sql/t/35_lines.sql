-- How much and who pays are two tables: what holds between them, what rating touches, and which run
-- says so.
BEGIN;
\ir ../fixture.sql
SELECT plan(39);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,bio,,Biology,
tu,,,phys,,Physics,
tu,,,,,,h
$$) \g /dev/null
SELECT pg_temp.import('people', $$
person,name,hub,username
p1,Ann,h,ann
p2,Ben,h,ben
$$) \g /dev/null
SELECT pg_temp.import('memberships', $$
person,institution,unit,valid_from,valid_to,home
p1,tu,bio,2026-01-01,2026-05-02T08:00Z,yes
p1,tu,phys,2026-05-02T08:00Z,2026-05-02T16:00Z,yes
p1,tu,bio,2026-05-02T16:00Z,,yes
p2,tu,phys,2026-01-01,,yes
$$) \g /dev/null
SELECT pg_temp.import('prices', $$
institution,resource,class,rate,market_rate,valid_from,valid_to
tu,cpu,,0.013,,2026-01-01,
$$) \g /dev/null
CREATE FUNCTION pg_temp.shares(of_day date) RETURNS TABLE (username text, sequence smallint, unit text, rule text, used numeric, amount numeric)
LANGUAGE sql AS $$
    SELECT g.username, s.sequence, u.code, s.rule, s.used / 3600000000.0, s.amount
    FROM charge.share s JOIN charge.workload_group g USING (workload_group_id) LEFT JOIN org.unit u USING (unit_id)
    WHERE s.day = of_day ORDER BY 1, s.line_id, 2 $$;

-- a day with an answer that changes twice
SELECT pg_temp.use(pg_temp.workload('h', u, u), '', '2026-05-02 00:00Z', '2026-05-03 00:00Z', cores => 1) FROM unnest(ARRAY['ann', 'ben']) u \g /dev/null
SELECT is(pg_temp.rate(), 2::bigint, 'a line for each user');
SELECT results_eq($$ SELECT username, sequence, unit, rule, trim_scale(used), amount FROM pg_temp.shares('2026-05-02') $$, $$ VALUES
    ('ann', 1::smallint, 'bio', 'home', 16::numeric, 0.208), ('ann', 2::smallint, 'phys', 'home', 8, 0.104), ('ben', 1::smallint, 'phys', 'home', 24, 0.312) $$,
    'with a share for each department that paid');
SELECT results_eq($$ SELECT amount, first_slot, last_slot FROM charge.line ORDER BY line_id LIMIT 1 $$,
    $$ VALUES (0.312, '2026-05-02 00:00Z'::timestamptz, '2026-05-02 23:45Z'::timestamptz) $$, 'and one amount');
SELECT results_eq($$ SELECT first_slot, last_slot FROM charge.share s JOIN org.unit u USING (unit_id) WHERE u.code = 'phys' AND sequence = 2 $$,
    $$ VALUES ('2026-05-02 08:00Z'::timestamptz, '2026-05-02 15:45Z'::timestamptz) $$, 'a share says when');

-- what cannot be divided: the larger fraction has the nano-unit, of equal ones the first
UPDATE price.book SET rate = 0.000000001;
SELECT pg_temp.rate_day(hub_id, '2026-05-02') FROM usage.hub \g /dev/null
SELECT results_eq($$ SELECT username, sequence, amount FROM pg_temp.shares('2026-05-02') $$, $$ VALUES
    ('ann', 1::smallint, 0.000000016), ('ann', 2::smallint, 0.000000008), ('ben', 1::smallint, 0.000000024) $$, 'split by what was used');
UPDATE price.book SET rate = 0.0000000001;
SELECT pg_temp.rate_day(hub_id, '2026-05-02') FROM usage.hub \g /dev/null
SELECT results_eq($$ SELECT username, sequence, amount FROM pg_temp.shares('2026-05-02') $$, $$ VALUES
    ('ann', 1::smallint, 0.000000001), ('ann', 2::smallint, 0.000000001), ('ben', 1::smallint, 0.000000002) $$,
    '1.33 and 0.67 of 2 nano-units: 1 and 1');
UPDATE price.book SET rate = 0.013;
SELECT pg_temp.rate_day(hub_id, '2026-05-02') FROM usage.hub \g /dev/null

-- late usage changes the line that is there
CREATE TEMPORARY TABLE ids AS SELECT line_id, workload_group_id FROM charge.line;
SELECT pg_temp.use(pg_temp.workload('h', 'ben', 'second'), '', '2026-05-02 10:00Z', '2026-05-02 11:00Z', cores => 1) \g /dev/null
SELECT results_eq($$ SELECT r.* FROM charge.dirty_days() d, charge.rate_day(d.hub_id, d.day, charge.begin_run('usage', 'late')) r $$,
    $$ VALUES (0::bigint, 1::bigint, 0::bigint, 1::bigint) $$, 'one changed, one left alone');
SELECT results_eq($$ SELECT line_id, workload_group_id FROM charge.line ORDER BY 1 $$, $$ SELECT line_id, workload_group_id FROM ids ORDER BY 1 $$,
    'ids stay');
SELECT results_eq($$ SELECT r.reason, r.detail, d.day, d.added, d.changed, d.removed FROM charge.run r JOIN charge.run_day d USING (run_id) WHERE detail = 'late' $$,
    $$ VALUES ('usage', 'late', '2026-05-02'::date, 0::bigint, 1::bigint, 0::bigint) $$, 'a run says so');
SELECT results_eq($$ SELECT month, currency, before, after FROM charge.run_total t JOIN charge.run r USING (run_id) WHERE detail = 'late' $$,
    $$ VALUES ('2026-05-01'::date, 'USD', 0.624, 0.637) $$, 'and what the day cost before and after');
SELECT is(pg_temp.rate_day(hub_id, '2026-05-02'), 2::bigint, 'rated again') FROM usage.hub;
SELECT is((SELECT count(*) FROM charge.run_day WHERE run_id = (SELECT max(run_id) FROM charge.run)), 0::bigint, 'nothing changes, no run speaks of it');

-- servers, tags and kinds are lines of their own
UPDATE usage.workload SET server_name = 'gpu', tag = 'lab' WHERE external_id = 'second';
SELECT results_eq($$ SELECT r.* FROM usage.hub, charge.rate_day(hub_id, '2026-05-02', charge.begin_run('usage', '')) r $$,
    $$ VALUES (1::bigint, 1::bigint, 0::bigint, 1::bigint) $$, 'a server that gets its name late leaves the line it was in');
SELECT results_eq($$ SELECT username, server_name, tag, kind, amount FROM charge.line JOIN charge.workload_group USING (workload_group_id) ORDER BY 1, 2 $$, $$ VALUES
    ('ann', '', '', 1::smallint, 0.312), ('ben', '', '', 1::smallint, 0.312), ('ben', 'gpu', 'lab', 1::smallint, 0.013) $$, 'and is one of its own');
UPDATE usage.workload SET server_name = '', tag = '' WHERE external_id = 'second';
SELECT results_eq($$ SELECT r.* FROM usage.hub, charge.rate_day(hub_id, '2026-05-02', charge.begin_run('usage', '')) r $$,
    $$ VALUES (0::bigint, 1::bigint, 1::bigint, 1::bigint) $$, 'and back');
SELECT is((SELECT count(*) FROM charge.run_total WHERE run_id = (SELECT max(run_id) FROM charge.run)), 0::bigint, 'moves within an institution change no total of it');

-- an import says what it is about to change, and its run has the change
SELECT charge.begin_run('import', 'prices new.csv') AS run \gset
SELECT pg_temp.import('prices', $$
institution,resource,class,rate,market_rate,valid_from,valid_to
tu,cpu,,0.013,,2026-01-01,2026-05-02
tu,cpu,,0.026,,2026-05-02,
$$) \g /dev/null
SELECT results_eq($$ SELECT u.code, p.month, p.currency, p.before, p.after FROM charge.preview(charge.current_run()) p JOIN org.unit u USING (unit_id) ORDER BY 1 $$, $$ VALUES
    ('bio', '2026-05-01'::date, 'USD', 0.208, 0.416), ('phys', '2026-05-01', 'USD', 0.429, 0.858) $$, 'preview: per department, before and after');
SELECT is((SELECT sum(amount) FROM charge.share), 0.637, 'and writes nothing');
SELECT charge.rate_day(hub_id, day, charge.begin_run('usage', 'other')) FROM charge.dirty_days() \g /dev/null
SELECT results_eq($$ SELECT r.detail, d.added, d.removed, t.before, t.after FROM charge.run r JOIN charge.run_day d USING (run_id) JOIN charge.run_total t USING (run_id, hub_id, day)
                     WHERE r.detail IN ('prices new.csv', 'other') $$,
    $$ VALUES ('prices new.csv', 2::bigint, 2::bigint, 0.637, 1.274) $$, 'a day that a run marked is rated in it: another price is another line');
SELECT is_empty($$ SELECT * FROM charge.preview((SELECT max(run_id) FROM charge.run WHERE detail = 'prices new.csv')) $$, 'then there is no more to say');

-- the constraints, at the end of a transaction, whoever writes
CREATE FUNCTION pg_temp.settled(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    SET CONSTRAINTS ALL IMMEDIATE;
END
$$;
CREATE FUNCTION pg_temp.breaks(statement text, what text) RETURNS text LANGUAGE sql AS $$
    SELECT throws_ok(format('SELECT pg_temp.settled(%L)', statement), '23514', NULL, 'refused: ' || what) $$;
SELECT charge.begin_run('correction', 'by hand') \g /dev/null
SELECT pg_temp.breaks($$ UPDATE charge.share SET amount = amount + 0.000000001 WHERE sequence = 2 $$, 'a share that is a nano-unit too much');
SELECT pg_temp.breaks($$ UPDATE charge.share SET used = used - 1 WHERE sequence = 2 $$, 'a share that lacks a microsecond');
SELECT pg_temp.breaks($$ UPDATE charge.line SET billable = billable + 1 $$, 'a line that is more than its shares');
SELECT pg_temp.breaks($$ UPDATE charge.line SET amount = amount + 0.000000001 $$, 'in its amount as well');
SELECT pg_temp.breaks($$ DELETE FROM charge.share WHERE sequence = 2 $$, 'a share that is gone');
SELECT pg_temp.breaks($$ DELETE FROM charge.line $$, 'shares without a line');
SELECT pg_temp.breaks($$ UPDATE charge.share SET currency = 'EUR' WHERE sequence = 2 $$, 'a share in another currency');
SELECT pg_temp.breaks($$ UPDATE charge.share SET resource = 'gpu' $$, 'a share of another resource');
SELECT pg_temp.breaks($$ UPDATE charge.share SET sequence = 3 WHERE sequence = 2 $$, 'a sequence with a hole');
SELECT pg_temp.breaks($$ DELETE FROM charge.share_2026_05 WHERE sequence = 2 $$, 'also past the parent, in a partition');
SELECT pg_temp.breaks($$ UPDATE charge.line SET period = '2026-04-01' $$, 'a posting before the usage');
SELECT pg_temp.breaks($$ UPDATE charge.line SET month = '2026-07-01' $$, 'a month that the day is not in');
SELECT lives_ok($$ SELECT pg_temp.settled('UPDATE charge.share SET amount = amount + CASE sequence WHEN 1 THEN 1 ELSE -1 END
    WHERE line_id IN (SELECT line_id FROM charge.share WHERE sequence = 2)') $$, 'what one has more another has less of');
SELECT set_config('hubmeter.run_id', '', true) \g /dev/null
SELECT throws_ok(format(s, t), '23001', 'charges change only within a run', format(s, t))
FROM unnest(ARRAY['UPDATE %s SET amount = 0', 'DELETE FROM %s']) s, unnest(ARRAY['charge.line', 'charge.share', 'charge.share_2026_05']) t;
SELECT * FROM finish();
ROLLBACK;

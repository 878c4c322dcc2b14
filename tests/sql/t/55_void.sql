-- A wrong row is voided, a source keeps its own rows, and every change of a reference row, by whatever
-- path, marks the people and days that it concerns.
BEGIN;
\ir ../fixture.sql
SELECT plan(64);

CREATE FUNCTION pg_temp.void(kind text, file text, reason text DEFAULT 'a slip') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    complaint record;
BEGIN
    PERFORM pg_temp.stage(kind, file);
    SELECT * INTO complaint FROM import.check_void(kind) ORDER BY line LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', complaint;
    END IF;
    RETURN import.void_file(reason);
END
$$;
CREATE FUNCTION pg_temp.objections(kind text, file text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.stage(kind, file);
    RETURN QUERY SELECT format('%s %s: %s', c.line, c.column_name, c.reason) FROM import.check_void(kind) AS c ORDER BY 1;
END
$$;
CREATE FUNCTION pg_temp.import_from(source text, is_whole boolean, kind text, file text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    complaint record;
BEGIN
    PERFORM pg_temp.stage(kind, file);
    SELECT * INTO complaint FROM import.check_file(kind, source, is_whole) WHERE severity = 'error' ORDER BY line LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: %', complaint.column_name, complaint.reason;
    END IF;
    RETURN import.apply_file(kind, source, is_whole);
END
$$;
-- What waits, as "hub day user", and nothing afterwards.
CREATE FUNCTION pg_temp.waits() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT DISTINCT format('%s %s %s', h.name, d.day, coalesce(d.username, '(all)')) COLLATE "C"
                 FROM ingest.dirty_day d JOIN usage.hub h USING (hub_id) ORDER BY 1;
    PERFORM pg_temp.rate();
END
$$;
CREATE FUNCTION pg_temp.paid() RETURNS TABLE (day date, username text, unit text, rule text, amount numeric) LANGUAGE sql AS $$
    SELECT s.day, g.username, coalesce(u.code, s.reason), s.rule, sum(s.amount)
    FROM charge.share s JOIN charge.workload_group g USING (workload_group_id) LEFT JOIN org.unit u USING (unit_id)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3 $$;

CREATE FUNCTION pg_temp.org() RETURNS text LANGUAGE sql AS $$ SELECT '
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,sci,,Sciences,
tu,,,bio,sci,Biology,
tu,,,phys,sci,Physics,
tu,,,,,,h
tu,,,,,,k
' $$;
CREATE FUNCTION pg_temp.memberships() RETURNS text LANGUAGE sql AS $$ SELECT '
person,institution,unit,valid_from,valid_to,home
p1,tu,bio,2026-01-01,,yes
p2,tu,phys,2026-01-01,,yes
p3,tu,phys,2026-01-01,,yes
' $$;
SELECT pg_temp.import('org', pg_temp.org()) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ann,h,ann\np1,Ann,k,annie\np2,Ben,h,ben\np3,Cat,k,cat') \g /dev/null
SELECT pg_temp.import('memberships', pg_temp.memberships()) \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,market_rate,valid_from,valid_to\ntu,cpu,,1,,2026-01-01,') \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', u, u), '', '2026-05-01 00:00Z', '2026-05-04 00:00Z', cores => 1) FROM unnest(ARRAY['ann', 'ben']) u \g /dev/null
SELECT pg_temp.use(pg_temp.workload('k', u, u), '', '2026-05-02 00:00Z', '2026-05-03 00:00Z', cores => 1) FROM unnest(ARRAY['annie', 'cat']) u \g /dev/null
SELECT pg_temp.rate() \g /dev/null
CREATE TEMPORARY TABLE right_charges AS SELECT * FROM pg_temp.paid();
CREATE TEMPORARY TABLE right_lines AS SELECT line_id, amount FROM charge.line;
SELECT is(count(*), 8::bigint, 'four users, eight user-days') FROM right_charges;

-- voids: kept with a reason, without effect, re-rated
SELECT is(pg_temp.void('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,,yes', 'never worked there'), 1::bigint, 'a membership is voided');
SELECT results_eq($$ SELECT valid, was_valid, void_reason, voided_at FROM org.membership WHERE voided_at IS NOT NULL $$,
    $$ VALUES ('empty'::tstzrange, '[2026-01-01 00:00Z,)'::tstzrange, 'never worked there', now()) $$, 'it is kept, with what it said and why it was wrong');
SELECT results_eq($$ SELECT operation, new_row ->> 'void_reason' FROM audit.change WHERE table_name = 'org.membership' ORDER BY change_id DESC LIMIT 1 $$,
    $$ VALUES ('UPDATE', 'never worked there') $$, 'and in the audit');
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['h 2026-05-01 ann', 'h 2026-05-02 ann', 'h 2026-05-03 ann', 'k 2026-05-02 annie'], 'the person''s days wait, nobody else''s');
SELECT results_eq($$ SELECT unit, count(*) FROM pg_temp.paid() WHERE username IN ('ann', 'annie') GROUP BY unit $$,
    $$ VALUES ('no membership', 4::bigint) $$, 'they are in suspense now');
SELECT throws_ok($$ UPDATE org.membership SET valid = '[2026-01-01 00:00Z,)', voided_at = NULL, void_reason = NULL, was_valid = NULL WHERE voided_at IS NOT NULL $$,
    '23001', NULL, 'what is voided stays so');
SELECT throws_ok($$ UPDATE org.membership SET valid = 'empty' $$, '23514', NULL, 'nothing is emptied without a reason');
SELECT throws_ok($$ DELETE FROM org.membership $$, '23001', NULL, 'nor deleted');
SELECT throws_ok($$ TRUNCATE org.membership $$, '23001', NULL, 'nor truncated');
SELECT is(pg_temp.import('memberships', pg_temp.memberships()), 1::bigint, 'it is imported again');
SELECT pg_temp.waits() \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.paid()', 'SELECT * FROM right_charges', 'void and import again is as import');
SELECT results_eq('SELECT line_id, amount FROM charge.line ORDER BY 1', 'SELECT * FROM right_lines ORDER BY 1', 'in the same lines');

-- an alias, a price, an owner, a parent
SELECT is(pg_temp.void('people', E'person,name,hub,username\np2,Ben,h,ben'), 1::bigint, 'a user name');
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['h 2026-05-01 ben', 'h 2026-05-02 ben', 'h 2026-05-03 ben'], 'its days');
SELECT results_eq($$ SELECT DISTINCT unit FROM pg_temp.paid() WHERE username = 'ben' $$, ARRAY['no alias'], 'it is nobody''s');
SELECT is(pg_temp.import('people', E'person,name,hub,username\np3,Cat,h,ben'), 1::bigint, 'and then somebody else''s');
SELECT pg_temp.waits() \g /dev/null
SELECT results_eq($$ SELECT DISTINCT unit FROM pg_temp.paid() WHERE username = 'ben' $$, ARRAY['phys'], 'who pays');
SELECT is(pg_temp.void('people', E'person,name,hub,username\np3,Cat,h,ben') + pg_temp.import('people', E'person,name,hub,username\np2,Ben,h,ben'), 2::bigint, 'back');
SELECT pg_temp.waits() \g /dev/null

SELECT is(pg_temp.void('prices', E'institution,resource,class,rate,market_rate,valid_from,valid_to\ntu,cpu,,1,,2026-01-01,'), 1::bigint, 'a price');
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['h 2026-05-01 (all)', 'h 2026-05-02 (all)', 'h 2026-05-03 (all)', 'k 2026-05-02 (all)'], 'all days of all hubs of the institution');
SELECT is(sum(amount), 0.000000000, 'there is no price') FROM charge.line;
SELECT pg_temp.import('prices', E'institution,resource,class,rate,market_rate,valid_from,valid_to\ntu,cpu,,1,,2026-01-01,') \g /dev/null
SELECT pg_temp.waits() \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.paid()', 'SELECT * FROM right_charges', 'the same price again');

SELECT is(pg_temp.void('org', E'institution,time_zone,currency,unit,parent,name,hub\ntu,,,,,,k'), 1::bigint, 'an owner');
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['k 2026-05-02 (all)'], 'the days of the hub');
SELECT is(pg_temp.import('org', pg_temp.org()), 1::bigint, 'and again, from ever: what was voided never was');
SELECT pg_temp.waits() \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.paid()', 'SELECT * FROM right_charges', 'the charges are back');
SELECT is(pg_temp.void('org', E'institution,time_zone,currency,unit,parent,name,hub\ntu,,,bio,sci,Biology,'), 1::bigint, 'a parent');
SELECT is_empty('SELECT pg_temp.waits()', 'changes no charge');

-- groups and members
SELECT pg_temp.import('groups', E'institution,group,kind,name,unit,hub,policy,valid_from,valid_to\ntu,lab,lab,Lab,phys,k,,2026-01-01,\ntu,,,,,,equal,2026-01-01,') \g /dev/null
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['k 2026-05-02 (all)'], 'a hub that is bound');
SELECT pg_temp.import('members', E'person,institution,group,valid_from,valid_to\np1,tu,lab,2026-05-02,2026-05-03') \g /dev/null
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['h 2026-05-02 ann', 'k 2026-05-02 annie'], 'a member: the days in the group');
SELECT results_eq($$ SELECT day, unit, rule FROM pg_temp.paid() WHERE username = 'ann' $$,
    $$ VALUES ('2026-05-01'::date, 'bio', 'home'), ('2026-05-02', 'phys', 'group'), ('2026-05-03', 'bio', 'home') $$, 'the group pays');
SELECT is(pg_temp.void('members', E'person,institution,group,valid_from,valid_to\np1,tu,lab,2026-05-02,'), 1::bigint, 'voided by person, group and start');
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['h 2026-05-02 ann', 'k 2026-05-02 annie'], 'the same days');
SELECT is(pg_temp.void('groups', E'institution,group,unit,hub,policy,valid_from,valid_to\ntu,lab,phys,k,,2026-01-01,\ntu,,,,equal,2026-01-01,'), 3::bigint, 'department, hub and policy of a group');
SELECT pg_temp.waits() \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.paid()', 'SELECT * FROM right_charges', 'as before');

-- what can't be voided
SELECT results_eq($$ SELECT pg_temp.objections('memberships', '
person,institution,unit,valid_from,valid_to,home
p1,tu,bio,2026-01-02,,yes
p1,tu,nowhere,2026-01-01,,yes
') $$, $$ VALUES ('3 unit: unknown department of tu') $$, 'a cell is wrong');
SELECT results_eq($$ SELECT pg_temp.objections('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-02,,yes') $$,
    $$ VALUES ('2 valid_from: no such row is stored, from that time on') $$, 'there is no such row');
SELECT results_eq($$ SELECT pg_temp.objections('people', E'person,name,hub,username\np1,Ann,,') $$,
    $$ VALUES ('2 : nothing in this row can be voided: what was in use stays, only what holds for a time goes') $$, 'a person stays');
SELECT results_eq($$ SELECT pg_temp.objections('org', E'institution,time_zone,currency,unit,parent,name,hub\ntu,,,phys,,Physics,\ntu,,,phys,bio,Physics,\ntu,,,,,,x') $$,
    $$ VALUES ('3 unit: is already in line 2') $$, 'nor is anything voided twice');
SELECT results_eq($$ SELECT pg_temp.objections('org', E'institution,time_zone,currency,unit,parent,name,hub\ntu,,,phys,bio,Physics,\ntu,,,,,,x') $$,
    $$ VALUES ('2 parent: no such row is stored'), ('3 hub: no such row is stored') $$, 'another parent, a hub that is unknown');

-- dates of parents and owners
SELECT is(pg_temp.import('org', '
institution,time_zone,currency,unit,parent,name,hub,valid_from,valid_to
ou,UTC,USD,,,Other University,,,
tu,,,,,,h,,2026-05-02
ou,,,,,,h,2026-05-02,
tu,,,phys,sci,Physics,,,2026-05-01
tu,,,phys,bio,Physics,,2026-05-01,
'), 5::bigint, 'a hub and a department change hands');
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['h 2026-05-02 (all)', 'h 2026-05-03 (all)'], 'the days of the hub from then on');
SELECT results_eq($$ SELECT DISTINCT l.day, i.code FROM charge.line l JOIN org.institution i ON i.institution_id = provider_id WHERE hub_id = (SELECT hub_id FROM usage.hub WHERE name = 'h') ORDER BY 1 $$,
    $$ VALUES ('2026-05-01'::date, 'tu'), ('2026-05-02', 'ou'), ('2026-05-03', 'ou') $$, 'are the other institution''s');
SELECT results_eq($$ SELECT pg_temp.complaints('org', '
institution,time_zone,currency,unit,parent,name,hub,valid_from,valid_to
tu,UTC,USD,,,Testville University,,2026-01-01,
tu,,,phys,bio,Physics,,2026-05-01,2026-04-01
tu,,,,,,h,2026-05-03T00:07Z,
') $$, $$ VALUES ('2 valid_from: is said of a parent or of a hub: the row names none'), ('3 valid_to: is not after valid_from'),
    ('4 valid_from: boundary 2026-05-03T00:07Z is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)') $$, 'org: dates');
SELECT results_eq($$ SELECT pg_temp.complaints('org', '
institution,time_zone,currency,unit,parent,name,hub,valid_from,valid_to
tu,,,bio,phys,Biology,,2026-06-01,
tu,,,,,,h,2026-06-01,
') $$, $$ VALUES ('2 parent: the department would belong to itself'),
    ('3 hub: a hub has one owner at a time: overlaps one that is stored, ["2026-05-02 00:00:00+00",) (source csv; import that one with its valid_to first, or void it)') $$, 'org: cycles and overlaps in time');
SELECT is(pg_temp.void('org', '
institution,time_zone,currency,unit,parent,name,hub,valid_from,valid_to
ou,,,,,,h,2026-05-02,
') + pg_temp.import('org', '
institution,time_zone,currency,unit,parent,name,hub,valid_from,valid_to
tu,,,,,,h,,
'), 2::bigint, 'and it was all a mistake');
SELECT pg_temp.waits() \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.paid()', 'SELECT * FROM right_charges', 'as before');

-- by hand, in a transaction that said nothing
SELECT set_config('hubmeter.run_id', '', true) \g /dev/null
UPDATE org.membership SET valid = tstzrange(lower(valid), '2026-05-03 00:00Z') WHERE person_id = (SELECT person_id FROM org.person WHERE code = 'p1') AND voided_at IS NULL;
SELECT results_eq($$ SELECT DISTINCT r.reason, r.detail FROM ingest.dirty_day d JOIN charge.run r USING (run_id) $$,
    $$ VALUES ('correction', 'update of org.membership by hand') $$, 'a plain UPDATE has a run that says so');
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['h 2026-05-03 ann'], 'an end that moves: the days from there on');
UPDATE org.membership SET valid = tstzrange(lower(valid), NULL) WHERE upper(valid) = '2026-05-03 00:00Z';
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['h 2026-05-03 ann'], 'and back');
UPDATE org.person SET name = 'Anna';
UPDATE org.membership SET home = home WHERE voided_at IS NULL;
UPDATE price.book SET market_rate = 2 WHERE voided_at IS NULL;
INSERT INTO org.membership (person_id, unit_id, home, valid) SELECT person_id, unit_id, false, '[2026-01-01 00:00Z,)' FROM org.person, org.unit WHERE person.code = 'p3' AND unit.code = 'bio';
SELECT is_empty('SELECT pg_temp.waits()', 'what no charge depends on marks nothing');
UPDATE org.institution SET name = 'TU';
SELECT is_empty('SELECT pg_temp.waits()', 'nor does a name');

-- sources
SELECT is(pg_temp.import_from('sis', true, 'memberships', E'person,institution,unit,valid_from,valid_to,home\np2,tu,bio,2026-01-01,,no\np3,tu,sci,2026-01-01,,no'), 2::bigint, 'another source');
SELECT is(pg_temp.import_from('sis', true, 'memberships', E'person,institution,unit,valid_from,valid_to,home\np2,tu,bio,2026-01-01,,no\np3,tu,sci,2026-01-01,,no'), 0::bigint, 'the second time nothing changes');
SELECT is(pg_temp.import_from('sis', true, 'memberships', E'person,institution,unit,valid_from,valid_to,home\np2,tu,sci,2026-02-01,,no'), 3::bigint, 'a whole file replaces what its source said');
SELECT results_eq($$ SELECT void_reason, count(*) FROM org.membership WHERE source = 'sis' GROUP BY 1 ORDER BY 1 $$,
    $$ VALUES ('no longer in the file of source sis', 2::bigint), (NULL, 1) $$, 'by voiding it');
SELECT is(count(*), 3::bigint, 'rows of other sources stay') FROM org.membership WHERE source = 'csv' AND voided_at IS NULL;
SELECT is(pg_temp.import_from('sis', true, 'memberships', E'person,institution,unit,valid_from,valid_to,home\np2,tu,sci,2026-02-15,,no'), 2::bigint, 'a row that overlaps one it replaces');
SELECT throws_ok($$ SELECT pg_temp.import_from('sis', false, 'memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,2026-06-01,yes') $$,
    'P0001', 'valid_from: is kept by source csv: say --source csv, or void it', 'a file does not change what another source keeps');
SELECT is(pg_temp.import_from('sis', false, 'memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,,yes'), 0::bigint, 'but may say the same');
SELECT is(source, 'csv', 'which changes nothing') FROM org.membership WHERE home AND voided_at IS NULL LIMIT 1;

-- a crowd
SELECT pg_temp.import('people', E'person,name,hub,username\n' || string_agg(format('q%s,Q%1$s,h,q%1$s', n), E'\n')) FROM generate_series(1, 101) n \g /dev/null
SELECT is_empty('SELECT pg_temp.waits()', 'people who never used the hub mark nothing');
SELECT pg_temp.use(pg_temp.workload('h', 'q' || n, 'q' || n), '', '2026-05-03 00:00Z', '2026-05-03 01:00Z', cores => 1) FROM generate_series(1, 101) n \g /dev/null
SELECT pg_temp.waits() \g /dev/null
INSERT INTO org.membership (person_id, unit_id, home, valid)
SELECT person_id, unit_id, true, '[2026-05-03 00:00Z,2026-05-03 12:00Z)' FROM org.person, org.unit WHERE person.code ~ '^q' AND unit.code = 'bio';
SELECT results_eq('SELECT pg_temp.waits()', ARRAY['h 2026-05-03 (all)'], 'over a hundred people are the whole hub');

SELECT * FROM finish();
ROLLBACK;

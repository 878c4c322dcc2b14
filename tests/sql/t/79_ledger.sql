-- Closing months: readiness, two people, entries, journals in cents, what is due between institutions, and the proof.
BEGIN;
\ir ../fixture.sql
SELECT plan(87);
CREATE ROLE pia LOGIN IN ROLE hm_controller;
CREATE ROLE cora LOGIN IN ROLE hm_controller;

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,sci,,Sciences,
tu,,,,,,h
bu,UTC,USD,,,Backville University,
bu,,,chem,,Chemistry,
bu,,,math,,Mathematics,
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ann,h,ann\np2,Bob,h,bob\np3,Cyd,h,cyd\np4,Dan,h,dan') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,sci,2024-01-01,,yes\np2,bu,chem,2024-01-01,,yes\np3,bu,math,2024-01-01,,yes') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,valid_from,valid_to\ntu,cpu,,0.013,2024-01-01,\ntu,cpu,one,1,2024-01-01,\ntu,gpu,,1.803,2024-01-01,') \g /dev/null
SELECT pg_temp.import('funds', $$
institution,fund,name,kind,chart_string,start,end,amount,overdraw
tu,x,X,operating,11-3,,,,
tu,y,Y,operating,11-4,,,,
tu,z,Z,operating,11-5,,,,
bu,chem,Chemistry,operating,CHEM,,,,
bu,nsf,Award,federal,NSF,2024-01-01,2027-12-31,1000,
bu,math,Mathematics,operating,MATH,,,,
$$) \g /dev/null
SELECT pg_temp.import('plans', $$
institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver
tu,split,2024-01-01,1,1,x,600000,by use,ann,bob
tu,split,2024-01-01,1,2,y,250000,,ann,bob
tu,split,2024-01-01,1,3,z,150000,,ann,bob
bu,chem,2024-01-01,1,1,chem,1000000,operating,ann,bob
bu,math,2024-01-01,1,1,math,1000000,operating,ann,bob
bu,award,2024-01-01,1,1,nsf,1000000,award,ann,bob
bu,award,2024-01-01,2,1,math,1000000,,ann,bob
$$) \g /dev/null
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\ntu,split,unit,sci\nbu,chem,unit,chem\nbu,math,unit,math') \g /dev/null
CREATE FUNCTION pg_temp.missing(of_institution text, of_month date) RETURNS TABLE (item text, subject text, is_waived boolean) LANGUAGE sql AS $$
    SELECT r.item, r.subject, r.waiver_id IS NOT NULL FROM org.institution AS i, ledger.readiness(i.institution_id, of_month) AS r WHERE i.code = of_institution $$;
CREATE VIEW pg_temp.journal AS
SELECT i.code AS institution, j.period, l.line_no, l.kind, l.chart_string, l.amount
FROM ledger.journal_line AS l JOIN ledger.journal AS j USING (journal_id) JOIN org.institution AS i USING (institution_id);

-- The closing file
SELECT is(pg_temp.import('closing', E'institution,review_days,late_months,late_plan,recovery,due_from,due_to,suspense\ntu,0,,,11-9,11-91,11-92,11-99\nbu,0,,,REC,DUEF,DUET,SUSP'), 2::bigint, 'how months close');
SELECT is(pg_temp.import('closing', E'institution,review_days,late_months,late_plan,recovery,due_from,due_to,suspense\ntu,0,,,11-9,11-91,11-92,11-99\nbu,0,,,REC,DUEF,DUET,SUSP'), 0::bigint, 'the second time nothing changes');
SELECT results_eq($$ SELECT pg_temp.complaints('closing', E'institution,review_days,late_months,late_plan,recovery\nxx,61,121,p,\ntu,x,,p,A\ntu,,,,A') $$, $$ VALUES
    ('2 institution: unknown institution'), ('2 late_months: is not a whole number from 0 to 120'), ('2 recovery: is required'), ('2 review_days: is not a whole number from 0 to 60'),
    ('3 late_plan: unknown plan of tu'), ('3 review_days: is not a whole number from 0 to 60'), ('4 institution: is already in line 3') $$, 'complaints');

-- M2: the same every month of a year
SELECT pg_temp.workload('h', 'ann', 'cpu') AS cpu \gset
SELECT pg_temp.workload('h', 'ann', 'gpu') AS gpu \gset
SELECT pg_temp.use(:cpu, '', m, m + interval '37 hours', cores => 4), pg_temp.use(:gpu, '', m, m + interval '750 minutes', gpus => 1)
FROM generate_series('2024-01-02 00:00Z'::timestamptz, '2024-12-02 00:00Z', interval '1 month') AS m \g /dev/null
SELECT results_eq($$ SELECT item, count(*) > 0, bool_or(is_waived) FROM pg_temp.missing('tu', '2024-01-01') GROUP BY 1 $$, $$ VALUES ('not rated', true, false) $$, 'usage waits');
SELECT throws_ok($$ SELECT pg_temp.begin_close('tu', '2024-01') $$, '23001', NULL, 'so the month is not closed');
SELECT ok(pg_temp.fund() > 0, 'rated and funded');
SELECT is_empty($$ SELECT * FROM pg_temp.missing('tu', '2024-01-01') $$, 'ready');
SELECT throws_ok($$ SELECT pg_temp.begin_close('tu', '2024-02') $$, '23001', '2024-01 of tu comes first', 'out of order');
SELECT throws_ok($$ SELECT pg_temp.begin_close('tu', '2999-01') $$, '23001', '2999-01 of tu is not over', 'not over');
SELECT throws_ok($$ SELECT pg_temp.begin_close('no', '2024-01') $$, 'P0002', 'there is no institution "no"', 'no such institution');
SELECT throws_ok($$ SELECT pg_temp.begin_close('tu', 'january') $$, '22023', '"january" is not a month such as 2026-09', 'no month');
SELECT throws_ok($$ SELECT pg_temp.finish_close('tu', '2024-01') $$, '23001', '2024-01 of tu is not under review', 'not without a review');
SELECT lives_ok($$ SELECT pg_temp.begin_close('tu', '2024-01') $$, 'reviewed');
SELECT throws_ok($$ SELECT pg_temp.finish_close('tu', '2024-01', 'pia') $$, '42501', 'pia prepared 2024-01 of tu: somebody else closes it', 'two people');
SELECT lives_ok($$ SELECT pg_temp.finish_close('tu', '2024-01') $$, 'closed');
SELECT throws_like($$ SELECT pg_temp.finish_close('tu', '2024-01') $$, '2024-01 of tu was closed by cora on %', 'once');
SELECT throws_ok($$ SELECT pg_temp.begin_close('tu', '2024-01') $$, '23001', '2024-01 of tu is closed and stays as it is', 'for ever');
SELECT throws_ok($$ SELECT pg_temp.as_login('cora', 'SELECT ledger.reopen(''tu'', ''2024-01'', ''again'')') $$, '23001', '2024-01 of tu is closed and stays as it is', 'nobody opens it');
SELECT results_eq($$ SELECT account, coalesce(f.code, ''), e.amount FROM ledger.entry e LEFT JOIN fund.fund f USING (fund_id) ORDER BY 1, 2 $$, $$ VALUES
    ('fund', 'x', 14.676900000), ('fund', 'y', 6.115375000), ('fund', 'z', 3.669225000), ('recovery', '', -24.461500000) $$, 'M2: exact entries');
SELECT results_eq($$ SELECT line_no, kind, chart_string, amount FROM pg_temp.journal ORDER BY 1 $$, $$ VALUES
    (1, 'charge', '11-3', 14.68), (2, 'charge', '11-4', 6.11), (3, 'charge', '11-5', 3.67), (4, 'recovery', '11-9', -24.46) $$, 'M2: cents 14.68, 6.11, 3.67 = 24.46');
SELECT pg_temp.close('tu', to_char(m, 'YYYY-MM')) FROM generate_series('2024-02-01'::date, '2024-12-01', interval '1 month') m \g /dev/null
SELECT results_eq($$ SELECT chart_string, amount FROM pg_temp.journal WHERE period = '2024-02-01' ORDER BY line_no $$, $$ VALUES ('11-3', 14.67), ('11-4', 6.12), ('11-5', 3.67), ('11-9', -24.46) $$, 'M2: month 2');
SELECT is(amount, -24.47, 'M2: month 4''s total') FROM pg_temp.journal WHERE period = '2024-04-01' AND kind = 'recovery';
SELECT results_eq($$ SELECT chart_string, sum(amount) FROM pg_temp.journal GROUP BY 1 ORDER BY 1 $$, $$ VALUES ('11-3', 176.12), ('11-4', 73.39), ('11-5', 44.03), ('11-9', -293.54) $$, 'M2: the year');
SELECT is(max(abs(carried)) < 0.01, true, 'M2: no key is ever off by a cent') FROM ledger.carry;
SELECT is((SELECT sum(amount) FROM ledger.entry WHERE account = 'fund'),
          (SELECT sum(amount) FROM pg_temp.journal WHERE kind = 'charge') + (SELECT sum(carried) FROM ledger.carry c JOIN ledger.journal j USING (journal_id) WHERE j.period = '2024-12-01'), 'entries are the journals and what is carried');

-- M9: two institutions
SELECT pg_temp.use(pg_temp.workload('h', 'bob', 'b1'), 'one', '2025-01-10 00:00Z', '2025-01-10 05:00Z', cores => 37) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'cyd', 'b2'), 'one', '2025-01-11 00:00Z', '2025-01-11 01:00Z', cores => 15) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.close('tu', '2025-01') \g /dev/null
SELECT results_eq($$ SELECT account, subject, balance FROM report.trial_balance WHERE period = '2025-01-01' ORDER BY institution DESC, account $$, $$ VALUES
    ('due from', 'bu', 200.000000000), ('recovery', NULL, -200.000000000), ('clearing', 'tu', 200.000000000), ('due to', 'tu', -200.000000000) $$, 'M9: A: due-from B 200.00 against recovery, and B owes it');
SELECT pg_temp.close('bu', '2025-01') \g /dev/null
SELECT results_eq($$ SELECT account, subject, sum(balance) FROM report.trial_balance WHERE institution = 'bu' GROUP BY 1, 2 HAVING sum(balance) <> 0 ORDER BY 1, 2 $$, $$ VALUES
    ('due to', 'tu', -200.000000000), ('fund', 'chem', 185.000000000), ('fund', 'math', 15.000000000) $$, 'M9: B: its funds 200.00 against due-to A');
SELECT results_eq($$ SELECT line_no, kind, chart_string, amount FROM pg_temp.journal WHERE institution = 'bu' ORDER BY 1 $$, $$ VALUES
    (1, 'charge', 'CHEM', 185.00), (2, 'charge', 'MATH', 15.00), (3, 'due', 'DUET', -200.00) $$, 'M9: B''s journal');
SELECT results_eq($$ SELECT kind, chart_string, amount FROM pg_temp.journal WHERE institution = 'tu' AND period = '2025-01-01' ORDER BY line_no $$, $$ VALUES
    ('due', '11-91', 200.00), ('recovery', '11-9', -200.00) $$, 'M9: A''s journal');
CREATE FUNCTION pg_temp.answer(answers text) RETURNS text LANGUAGE sql AS $$
    SELECT a::text FROM ledger.answer_journal('bu', 'BU2025010001', answers::jsonb) AS a $$;
SELECT throws_ok($$ SELECT pg_temp.answer('{"9": ""}') $$, 'P0002', 'journal BU2025010001 has no line 9', 'no such line');
SELECT is(pg_temp.answer('{"2": "MATH is closed", "0": ""}'), '(2,1)', 'M9: B''s ledger rejects one line of 15.00');
SELECT throws_ok($$ SELECT pg_temp.answer('{"0": ""}') $$, '23505', 'line 1 of journal BU2025010001 was accepted already', 'a journal that is accepted twice');
SELECT results_eq($$ SELECT account, subject, sum(balance) FROM report.trial_balance WHERE institution = 'bu' GROUP BY 1, 2 HAVING sum(balance) <> 0 ORDER BY 1, 2 $$, $$ VALUES
    ('due to', 'tu', -200.000000000), ('fund', 'chem', 185.000000000), ('suspense', NULL, 15.000000000) $$, 'M9: it moves to B''s suspense');
SELECT is(sum(balance), 200.000000000, 'M9: A''s receivable stays 200.00') FROM report.trial_balance WHERE institution = 'tu' AND account = 'due from';
SELECT is(sum(balance), 0.000000000, 'M9: due-from and due-to add up to zero') FROM report.trial_balance WHERE account IN ('due from', 'due to');
SELECT results_eq($$ SELECT state, rejected FROM report.journal WHERE journal = 'BU2025010001' $$, $$ VALUES ('accepted in part', 1::bigint) $$, 'seen');
SELECT pg_temp.close('bu', '2025-02') \g /dev/null
SELECT results_eq($$ SELECT l.line_no, l.kind, l.chart_string, l.amount, l.reverses FROM ledger.journal_line l JOIN ledger.journal j USING (journal_id) WHERE j.code = 'BU2025020001' ORDER BY 1 $$, $$ VALUES
    (1, 'reversal', 'MATH', -15.00, 'BU2025010001:2'), (2, 'reversal', 'SUSP', 15.00, NULL) $$, 'and the next journal says so');

-- T3: a batch is missing
SELECT pg_temp.close('tu', '2025-02') \g /dev/null
SELECT pg_temp.use(:cpu, '', '2025-03-02 00:00Z', '2025-03-02 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
INSERT INTO ingest.gap (topic, stream, first_sequence, last_sequence, seen_at) VALUES ('usage.h.v1', decode(repeat('00', 16), 'hex'), 1204, 1204, '2025-03-15 00:00Z');
SELECT throws_like($$ SELECT pg_temp.begin_close('tu', '2025-03') $$, '2025-03 of tu is not ready: gap usage.h.v1 %: batches 1204 to 1204 of it have not arrived', 'T3: 1,203 of 1,204 batches');
SELECT throws_ok($$ SELECT pg_temp.as_login('pia', 'SELECT ledger.waive(''tu'', ''2025-03'', ''gap'', '''', '''')') $$, '22023', 'a waiver needs a reason', 'T3: not without a reason');
SELECT throws_like($$ SELECT pg_temp.as_login('pia', 'SELECT ledger.waive(''tu'', ''2025-03'', ''coverage'', '''', ''x'')') $$, 'nothing to waive: 2025-03 has no "coverage"%', 'T3: only what there is');
SAVEPOINT gap;
SELECT lives_ok($$ SELECT pg_temp.as_login('pia', 'SELECT ledger.waive(''tu'', ''2025-03'', ''gap'', '''', ''the disk burnt'')') $$, 'T3: somebody answers for it');
SELECT lives_ok($$ SELECT pg_temp.begin_close('tu', '2025-03') $$, 'T3: with a waiver it can');
SELECT results_eq($$ SELECT item, reason, waived_by FROM ledger.waiver $$, $$ VALUES ('gap', 'the disk burnt', 'pia') $$, 'T3: which is kept');
ROLLBACK TO gap;
DELETE FROM ingest.gap;
SELECT lives_ok($$ SELECT pg_temp.begin_close('tu', '2025-03') $$, 'T3: the missing one arrives: it can');

-- In review: what is late goes to the next month, unless it is opened again.
SELECT pg_temp.use(:gpu, '', '2025-03-03 00:00Z', '2025-03-03 01:00Z', gpus => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT DISTINCT period FROM charge.line WHERE day = '2025-03-03' AND resource = 'gpu' $$, $$ VALUES ('2025-04-01'::date) $$, 'late');
SELECT throws_ok($$ SELECT pg_temp.as_login('pia', 'SELECT ledger.reopen(''tu'', ''2025-03'', '''')') $$, '22023', 'a month is opened again for a reason', 'why');
SELECT lives_ok($$ SELECT pg_temp.as_login('pia', 'SELECT ledger.reopen(''tu'', ''2025-03'', ''a node was forgotten'')') $$, 'opened again');
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT DISTINCT period FROM charge.line WHERE day = '2025-03-03' AND resource = 'gpu' $$, $$ VALUES ('2025-03-01'::date) $$, 'it belongs to its own month again');

-- A review: a steward has something else pay, and questions
CREATE ROLE stew LOGIN IN ROLE hm_steward;
SELECT pg_temp.import('stewards', E'login,institution,unit\nstew,bu,chem') \g /dev/null
SELECT pg_temp.import('groups', E'institution,group,kind,name,unit\nbu,lab,lab,Lab,chem') \g /dev/null
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\nbu,award,group,lab') \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'bob', 'b3'), 'one', '2025-03-10 00:00Z', '2025-03-10 01:00Z', cores => 40) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'cyd', 'b4'), 'one', '2025-03-11 00:00Z', '2025-03-11 01:00Z', cores => 3) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT line_id AS bobs FROM charge.line WHERE day = '2025-03-10' AND resource = 'cpu' \gset
SELECT line_id AS cyds FROM charge.line WHERE day = '2025-03-11' AND resource = 'cpu' \gset
SELECT throws_ok(format('SELECT pg_temp.as_login(%L, %L)', 'stew', format('SELECT ledger.repoint(%s, %L, %L)', :bobs, 'award', 'x')), '23001', NULL, 'not before the review');
SELECT pg_temp.begin_close('bu', '2025-03') \g /dev/null
SELECT results_eq($$ SELECT unit, fund, plan, sum(amount) FROM ledger.review('bu', '2025-03', '') WHERE resource = 'cpu' GROUP BY 1, 2, 3 ORDER BY 1 $$, $$ VALUES ('chem', 'chem', 'chem', 40.0), ('math', 'math', 'math', 3.0) $$, 'what is about to be posted');
SELECT lives_ok($$ SELECT pg_temp.as_login('stew', 'SELECT 1 / (array_agg(DISTINCT unit) = ''{chem}'')::integer FROM ledger.review(''bu'', ''2025-03'', '''')') $$, 'a steward sees the own department');
SELECT throws_like(format('SELECT pg_temp.as_login(%L, %L)', 'stew', format('SELECT ledger.repoint(%s, %L, %L)', :cyds, 'award', 'x')), 'no line % of a department that stew looks after', 'of others nothing');
SELECT throws_ok(format('SELECT pg_temp.as_login(%L, %L)', 'stew', format('SELECT ledger.repoint(%s, %L, %L)', :bobs, 'math', 'x')), 'P0002', 'no plan "math" of bu that stew may charge', 'nor with their money');
SELECT throws_ok(format('SELECT pg_temp.as_login(%L, %L)', 'stew', format('SELECT ledger.repoint(%s, %L, %L)', :bobs, 'award', '')), '22023', NULL, 'not without a reason');
SELECT lives_ok(format('SELECT pg_temp.as_login(%L, %L)', 'stew', format('SELECT ledger.repoint(%s, %L, %L)', :bobs, 'award', 'work on the award')), 'the award pays');
SELECT throws_like($$ SELECT pg_temp.finish_close('bu', '2025-03') $$, '2025-03 of bu is not ready: not funded charges: since 2025-03-10%', 'once it is funded');
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT unit, fund, plan, sum(amount) FROM ledger.review('bu', '2025-03', '') WHERE resource = 'cpu' GROUP BY 1, 2, 3 ORDER BY 1 $$, $$ VALUES ('chem', 'nsf', 'award', 40.0), ('math', 'math', 'math', 3.0) $$, 'in the month under review');
SELECT is(pg_temp.fund(), 0::bigint, 'again: nothing to do');
SELECT results_eq('SELECT plan_leg_id, sum(amount) FROM fund.leg GROUP BY 1 ORDER BY 1', 'SELECT plan_leg_id, sum(amount) FROM fund.day_total GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1', 'and the sums are the legs');
SELECT lives_ok(format('SELECT pg_temp.as_login(%L, %L)', 'stew', format('SELECT ledger.ask(%s, %L)', :bobs, 'was that us?')), 'a question');
SELECT throws_like($$ SELECT pg_temp.finish_close('bu', '2025-03') $$, '2025-03 of bu is not ready: question %was that us?', 'is waited for');
SELECT max(question_id) AS q FROM ledger.question \gset
SELECT lives_ok(format('SELECT pg_temp.as_login(%L, %L)', 'cora', format('SELECT ledger.answer(%s, %L)', :q, 'it was')), 'answered');
SELECT throws_ok(format('SELECT pg_temp.as_login(%L, %L)', 'cora', format('SELECT ledger.answer(%s, %L)', :q, 'it was not')), 'P0002', NULL, 'once');
SELECT lives_ok($$ SELECT pg_temp.finish_close('bu', '2025-03') $$, 'closed');
SELECT throws_ok(format('SELECT pg_temp.as_login(%L, %L)', 'stew', format('SELECT ledger.repoint(%s, %L, %L)', :bobs, 'chem', 'no')), '23001', NULL, 'and then no more');
-- Corrected later: what the award paid is given back to the award.
UPDATE usage.slot SET cpu_used_usec = cpu_used_usec / 2, cpu_billable_usec = cpu_billable_usec / 2 WHERE slot_start >= '2025-03-10Z' AND slot_start < '2025-03-11Z';
SELECT charge.accept_usage('h', '2025-03-10', 'counted twice') \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT f.code, g.period, sum(g.amount) FROM fund.leg g JOIN fund.fund f USING (fund_id) WHERE g.day = '2025-03-10' GROUP BY 1, 2 ORDER BY 2 $$, $$ VALUES ('nsf', '2025-03-01'::date, 40.0), ('nsf', '2025-04-01', -20.0) $$, 'a correction follows the money');

SELECT pg_temp.close('tu', '2025-03') \g /dev/null

-- What is missing, and what may not be waived
SELECT pg_temp.use(pg_temp.workload('h', 'eve', 'e1'), '', '2025-04-02 00:00Z', '2025-04-02 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'dan', 'd1'), 'one', '2025-04-02 00:00Z', '2025-04-02 01:00Z', mib => 1) \g /dev/null
SELECT pg_temp.import('plans', E'institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver\ntu,split,2025-04-01,1,1,x,1000000,all of it,ann,') \g /dev/null
INSERT INTO usage.node_slot SELECT s, n.node_id, c.class_id, 900000, 1, 0, 0, 1, 0, 0, 0, 0, 0 FROM generate_series('2025-04-02 00:00Z'::timestamptz, '2025-04-02 03:00Z', '15 min') s, usage.node n, usage.resource_class c WHERE c.name = '';
INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload, received_at) VALUES ('usage.h.v1', 0, 1, 'not a batch', '', '2025-04-03Z');
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT DISTINCT item, subject FROM pg_temp.missing('tu', '2025-04-01') ORDER BY 1, 2 $$, $$ VALUES
    ('coverage', 'h n1'), ('no price', 'h memory'), ('plan not approved', 'split'), ('quarantine', 'usage.h.v1'), ('suspense', 'h eve') $$, 'all that is missing');
SELECT throws_ok($$ SELECT pg_temp.begin_close('tu', '2025-04') $$, '23001', NULL, 'so it is not closed');
SELECT pg_temp.as_login('pia', format('SELECT ledger.waive(''tu'', ''2025-04'', %L, '''', ''known'')', item)) FROM (SELECT DISTINCT item FROM pg_temp.missing('tu', '2025-04-01')) i \g /dev/null
SELECT pg_temp.close('tu', '2025-04') \g /dev/null
SELECT results_eq($$ SELECT account, chart_string, balance FROM report.trial_balance WHERE institution = 'tu' AND period = '2025-04-01' ORDER BY 1 $$, $$ VALUES
    ('due from', '11-91', -20.000000000), ('recovery', '11-9', 19.987000000), ('suspense', '11-99', 0.013000000) $$, 'what no fund pays stands in suspense');

-- A review of ten working days
UPDATE ledger.policy SET review_days = 10;
DELETE FROM usage.node_slot;
SELECT pg_temp.as_login('pia', 'SELECT ledger.waive(''tu'', ''2025-05'', ''plan not approved'', ''split'', ''next year'')') \g /dev/null
SELECT pg_temp.begin_close('tu', '2025-05') \g /dev/null
SELECT is(count(*) FILTER (WHERE extract(isodow FROM d) < 6), 10::bigint, 'ten working days') FROM ledger.period, generate_series((now() AT TIME ZONE 'UTC')::date + 1, review_until, interval '1 day') d WHERE month = '2025-05-01';
SELECT throws_like($$ SELECT pg_temp.finish_close('tu', '2025-05') $$, '2025-05 of tu is not ready: review until % is not over', 'are waited for');
SELECT pg_temp.as_login('cora', 'SELECT ledger.waive(''tu'', ''2025-05'', ''review'', '''', ''nothing was used'')') \g /dev/null
SELECT lives_ok($$ SELECT pg_temp.finish_close('tu', '2025-05') $$, 'or waived');

-- The proof
SELECT results_eq($$ SELECT count(*), count(finding) FROM ledger.verify() $$, $$ VALUES (20::bigint, 0::bigint) $$, 'all closed months are what they were');
SELECT throws_ok(s, '23001', NULL, 'never: ' || s) FROM unnest(ARRAY['UPDATE ledger.entry SET amount = 1', 'DELETE FROM ledger.entry', 'TRUNCATE ledger.entry CASCADE', 'UPDATE ledger.batch SET kind = ''due''', 'DELETE FROM ledger.digest', 'UPDATE ledger.digest SET n_rows = 0', 'DELETE FROM ledger.waiver', 'UPDATE ledger.journal_line SET amount = 1', 'DELETE FROM ledger.carry', 'UPDATE ledger.period SET state = ''open'', review_until = NULL WHERE state = ''closed''', 'DELETE FROM ledger.journal_answer']) s;
SELECT throws_ok($$ INSERT INTO ledger.entry (batch_id, institution_id, period, month, account, chart_string, currency, amount) SELECT batch_id, institution_id, period, period, 'recovery', 'x', 'USD', 1 FROM ledger.batch LIMIT 1 $$, '23001', NULL, 'nothing is posted to a closed month');
INSERT INTO ledger.batch (institution_id, period, kind, of_institution_id, of_period) SELECT institution_id, '2025-06-01', 'due', institution_id, '2025-05-01' FROM org.institution WHERE code = 'tu';
INSERT INTO ledger.entry (batch_id, institution_id, period, month, account, chart_string, currency, amount) SELECT batch_id, institution_id, period, period, 'recovery', 'x', 'USD', 1 FROM ledger.batch ORDER BY batch_id DESC LIMIT 1;
SELECT throws_like('SET CONSTRAINTS ALL IMMEDIATE', 'batch % is out of balance by 1.000000000 USD', 'a batch that does not add up');
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE charge.line_2024_05 DISABLE TRIGGER USER;
UPDATE charge.line_2024_05 SET amount = amount + 1;
SELECT results_eq($$ SELECT institution, month, kind, day FROM ledger.verify('tu') WHERE finding IS NOT NULL ORDER BY day $$, $$ VALUES ('tu', '2024-05-01'::date, 'charges', '2024-05-02'::date), ('tu', '2024-05-01', 'charges', '2024-05-03') $$, 'who goes behind the back of all this is found');

SELECT * FROM finish();
ROLLBACK;

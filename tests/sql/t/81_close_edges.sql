-- Closing months where calendars, institutions and clumsy hands meet; and nobody goes behind its back.
BEGIN;
\ir ../fixture.sql
SELECT no_plan();
CREATE ROLE pia LOGIN IN ROLE hm_controller;
CREATE ROLE cora LOGIN IN ROLE hm_controller;
SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
la,America/Los_Angeles,USD,,,West,
la,,,sci,,Sciences,
la,,,,,,w
be,Europe/Berlin,USD,,,East,
be,,,chem,,Chemistry,
be,,,,,,e
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ann,w,ann\np2,Bob,w,bob\np2,Bob,e,bob\np1,Ann,e,ann') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,la,sci,2024-01-01,,yes\np2,be,chem,2024-01-01,,yes') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,valid_from,valid_to\nla,cpu,,1,2024-01-01,\nbe,cpu,,1,2024-01-01,') \g /dev/null
SELECT pg_temp.import('funds', $$
institution,fund,name,kind,chart_string,start,end,amount,overdraw
la,x,X,operating,11-3,,,,
la,y,Y,operating,11-4,,,,
la,lost,Lost,write-off,11-5,,,,
be,chem,Chemistry,operating,CHEM,,,,
$$) \g /dev/null
SELECT pg_temp.import('plans', $$
institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver
la,sci,2024-01-01,1,1,x,1000000,by use,ann,bob
la,other,2024-01-01,1,1,y,1000000,by use,ann,bob
la,late,2024-01-01,1,1,lost,1000000,late,ann,bob
be,chem,2024-01-01,1,1,chem,1000000,operating,ann,bob
$$) \g /dev/null
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\nla,sci,unit,sci\nbe,chem,unit,chem') \g /dev/null
SELECT pg_temp.import('closing', E'institution,review_days,late_months,late_plan,recovery,due_from,due_to,suspense\nla,0,,,11-9,11-91,11-92,11-99\nbe,0,,,REC,DUEF,DUET,SUSP') \g /dev/null
CREATE FUNCTION pg_temp.reopen(of_institution text, of_month text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.as_login('pia', format('SELECT ledger.reopen(%L, %L, ''x'')', of_institution, of_month)) $$;
CREATE VIEW pg_temp.shares AS
SELECT h.name AS hub, i.code, s.day, l.month lmonth, l.period lperiod, s.month, s.period, s.amount FROM charge.share s JOIN charge.line l ON l.line_id=s.line_id AND l.month=s.line_month JOIN org.institution i ON i.institution_id=s.institution_id JOIN usage.hub h ON h.hub_id = s.hub_id ORDER BY 1,3,2,7;
CREATE VIEW pg_temp.legs AS SELECT i.code, g.day, g.month, g.period, f.code fund, g.amount FROM fund.leg g JOIN org.institution i USING (institution_id) LEFT JOIN fund.fund f USING (fund_id) ORDER BY 1,2,4,5;
SELECT pg_temp.workload('w', 'ann', 'wa') AS wa \gset
SELECT pg_temp.workload('w', 'bob', 'wb') AS wb \gset
SELECT pg_temp.workload('e', 'ann', 'ea') AS ea \gset
SELECT pg_temp.workload('e', 'bob', 'eb') AS eb \gset
SAVEPOINT nothing;

-- An institution whose hubs only others use has months as well.
SELECT pg_temp.use(:wb, '', '2025-10-10 00:00Z', '2025-10-10 01:00Z', cores => 1), pg_temp.use(:wa, '', '2025-11-10 00:00Z', '2025-11-10 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.begin_close('la', '2025-11') $$, '23001', '2025-10 of la comes first', 'what only others used is closed too');
SELECT pg_temp.close('la', '2025-10') \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.begin_close('la', '2025-12') $$, '23001', '2025-11 of la comes first', 'no month is left out');
ROLLBACK TO nothing;
SELECT pg_temp.use(:wa, '', '2025-10-10 00:00Z', '2025-10-10 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.begin_close('la', '2020-10'), pg_temp.reopen('la', '2020-10') \g /dev/null
SELECT lives_ok($$ SELECT pg_temp.begin_close('la', '2025-10') $$, 'a month that was begun by mistake, and opened again, stands in nobody''s way');
SELECT throws_ok($$ SELECT pg_temp.begin_close('la', '2025-11') $$, '23001', '2025-10 of la comes first', 'one at a time');
SELECT pg_temp.finish_close('la', '2025-10') \g /dev/null

-- The last hours of a month in the west are the next UTC month.
ROLLBACK TO nothing;
SELECT pg_temp.use(:wa, '', '2025-10-10 00:00Z', '2025-10-10 01:00Z', cores => 1), pg_temp.use(:wa, '', '2025-11-01 02:00Z', '2025-11-01 03:00Z', cores => 1) \g /dev/null
SELECT pg_temp.rate(), charge.begin_run('funding', '') \g /dev/null
SELECT fund.fund_days(w.institution_id, w.first_day, w.last_day) FROM fund.waiting() AS w ORDER BY w.first_day LIMIT 1 \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.begin_close('la', '2025-10') $$, '23001', '2025-10 of la is not ready: not funded charges: since 2025-11-01', 'money that waits in them');
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.close('la', '2025-10') \g /dev/null
SELECT is(sum(amount), 2.000000000, 'both hours are posted') FROM ledger.entry WHERE account = 'fund';
ROLLBACK TO nothing;
SELECT pg_temp.use(:ea, '', '2025-11-01 02:00Z', '2025-11-01 03:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2025-11-01' FROM usage.hub WHERE name = 'e';
SELECT throws_ok($$ SELECT pg_temp.begin_close('la', '2025-10') $$, '23001', '2025-10 of la is not ready: not rated charges: 1 hub-days of others wait', 'usage of others'' hubs that waits in them');

-- A hub that changes hands in the middle of the month
ROLLBACK TO nothing;
SELECT pg_temp.use(:wa, '', '2025-10-10 00:00Z', '2025-10-10 01:00Z', cores => 1), pg_temp.use(:wa, '', '2025-10-20 00:00Z', '2025-10-20 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.close('la', '2025-10') \g /dev/null
UPDATE org.hub_owner SET valid = tstzrange(NULL, '2025-10-15Z') WHERE hub = 'w';
INSERT INTO org.hub_owner (hub, institution_id, valid) SELECT 'w', institution_id, tstzrange('2025-10-15Z', NULL) FROM org.institution WHERE code = 'be';
SELECT throws_ok($$ SELECT pg_temp.begin_close('la', '2025-11') $$, '23001', NULL, 'what the new owner has not rated yet is waited for');
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT p.code, l.period, l.amount FROM charge.line AS l JOIN org.institution AS p ON p.institution_id = l.provider_id WHERE l.day = '2025-10-20' ORDER BY 1, 2 $$, $$ VALUES
    ('be', '2025-10-01'::date, 1.000000000), ('la', '2025-10-01', 1.000000000), ('la', '2025-11-01', -1.000000000) $$, 'the old owner takes it back in the month that is open there, the new one charges it in its own');

-- Booked later because the payer's month was not open, though the provider's was
ROLLBACK TO nothing;
SELECT pg_temp.use(:wb, '', '2025-10-10 00:00Z', '2025-10-10 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.begin_close('be', '2025-10') \g /dev/null
SELECT pg_temp.use(:wb, '', '2025-10-11 00:00Z', '2025-10-11 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq('SELECT day, lperiod, period FROM pg_temp.shares', $$ VALUES ('2025-10-10'::date, '2025-10-01'::date, '2025-10-01'::date), ('2025-10-11', '2025-10-01', '2025-11-01') $$, 'the share waits for the payer''s next month');
SELECT pg_temp.reopen('be', '2025-10') \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq('SELECT DISTINCT period FROM pg_temp.shares', $$ VALUES ('2025-10-01'::date) $$, 'and comes back once that is open again');
SELECT is(count(*), 1::bigint, 'in one run') FROM charge.run WHERE detail LIKE '2025-10 is open again%';
SELECT pg_temp.close('be', '2025-10') \g /dev/null
UPDATE ledger.policy SET due_from = NULL;
SELECT pg_temp.use(:wb, '', '2025-10-12 00:00Z', '2025-10-12 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.begin_close('la', '2025-10') $$, '23001', '2025-10 of la is not ready: account due_from: has no chart string', 'what is due from others needs an account, whenever they book it');

-- Usage that was corrected downwards, and before that was rated a price as well
ROLLBACK TO nothing;
SELECT pg_temp.use(:wa, '', '2025-10-10 00:00Z', '2025-10-10 01:00Z', cores => 4) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.begin_close('la', '2025-10') \g /dev/null
UPDATE usage.slot SET cpu_used_usec = cpu_used_usec / 4, cpu_billable_usec = cpu_billable_usec / 4;
SELECT charge.accept_usage('w', '2025-10-10', 'counted fourfold') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,valid_from,valid_to\nla,cpu,,3,2024-01-01,') \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT period, rate, amount FROM charge.line ORDER BY 1, 2 $$, $$ VALUES
    ('2025-10-01'::date, 1.0000000000000, 4.000000000), ('2025-11-01', 1, -4.000000000), ('2025-11-01', 3, 3.000000000) $$, 'the old price is taken back, the new one charged, for what was used');

-- The provider's month is closed, the payer's is not: who paid gets it back, not who would pay first.
ROLLBACK TO nothing;
SELECT pg_temp.import('funds', E'institution,fund,name,kind,chart_string,start,end,amount,overdraw\nbe,gift,Gift,gift,GIFT,,,1.00,') \g /dev/null
SELECT pg_temp.import('plans', E'institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver\nbe,gift,2024-01-01,1,1,gift,1000000,gift,ann,bob\nbe,gift,2024-01-01,2,1,chem,1000000,,ann,bob') \g /dev/null
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\nbe,gift,person,p2') \g /dev/null
SELECT pg_temp.use(:wb, '', '2025-10-10 00:00Z', '2025-10-10 01:00Z', cores => 5) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.close('la', '2025-10') \g /dev/null
UPDATE usage.slot SET cpu_used_usec = 180000000, cpu_billable_usec = 180000000;
SELECT charge.accept_usage('w', '2025-10-10', 'counted twenty-five fold') \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq('SELECT period, fund, amount FROM pg_temp.legs ORDER BY fund, period', $$ VALUES
    ('2025-10-01'::date, 'chem', 4.000000000), ('2025-11-01', 'chem', -4.000000000), ('2025-10-01', 'gift', 1.000000000), ('2025-11-01', 'gift', -0.800000000) $$, 'each what it paid');
SELECT is(pg_temp.fund(), 0::bigint, 'again: nothing to do');
INSERT INTO fund.dirty_since SELECT institution_id, false, '2025-10-10' FROM org.institution WHERE code = 'be';
SELECT is(pg_temp.fund(), 0::bigint, 'funded anew: nothing else');
SELECT pg_temp.close('be', '2025-10') \g /dev/null
UPDATE usage.slot SET cpu_used_usec = 360000000, cpu_billable_usec = 360000000;
SELECT charge.accept_usage('w', '2025-10-10', 'once more') \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq('SELECT fund, sum(amount) FROM pg_temp.legs GROUP BY 1 ORDER BY 1', $$ VALUES ('chem', 0.000000000), ('gift', 0.400000000) $$, 'once both are closed as well');

-- A plan that was corrected while the month was reviewed
ROLLBACK TO nothing;
SELECT pg_temp.use(:wa, '', '2025-10-10 00:00Z', '2025-10-10 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.begin_close('la', '2025-10') \g /dev/null
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\nla,other,person,p1') \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq('SELECT fund FROM pg_temp.legs ORDER BY fund, period', $$ VALUES ('x') $$, 'changes nothing in it');
SELECT pg_temp.reopen('la', '2025-10') \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.begin_close('la', '2025-10') $$, '23001', '2025-10 of la is not ready: not funded charges: since 2025-10-10', 'opened again, it is waited for');
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq('SELECT fund FROM pg_temp.legs ORDER BY fund, period', $$ VALUES ('y') $$, 'and holds');

-- A fee that nobody has charged yet
ROLLBACK TO nothing;
SELECT pg_temp.import('fees', E'institution,fee,kind,name,unit,annual_fee,included_users,first_month,last_month,hubs,tiers\nla,member,membership,Member,sci,1200,,2025-10,2025-12,,') \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.begin_close('la', '2025-10') $$, '23001', '2025-10 of la is not ready: not rated fee member: waits', 'a fee waits');
SELECT charge.begin_run('correction', 'fees'), charge.rate_fees() \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.close('la', '2025-10') \g /dev/null
UPDATE price.fee SET annual_fee = 2400, last_month = '2025-11-01';
SELECT charge.forget_fees(), charge.begin_run('correction', 'fees'), charge.rate_fees() \g /dev/null
SELECT is(charge.rate_fees()::text, '(0,0,0,2)', 'again: nothing to do');
SELECT results_eq($$ SELECT month, period, amount FROM charge.line WHERE basis = 'fee' ORDER BY 1, 2 $$, $$ VALUES
    ('2025-10-01'::date, '2025-10-01'::date, 100.000000000), ('2025-10-01', '2025-11-01', 100.000000000), ('2025-11-01', '2025-11-01', 200.000000000) $$, 'a fee that was corrected: only the difference, and no month that it has not any more');

-- The ledger system refuses what others owe.
ROLLBACK TO nothing;
SELECT pg_temp.use(:wb, '', '2025-10-10 00:00Z', '2025-10-10 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.close('la', '2025-10') \g /dev/null
SELECT results_eq($$ SELECT * FROM ledger.answer_journal('la', 'LA2025100001', '{"1": "closed", "0": ""}') $$, $$ VALUES (1::bigint, 1::bigint) $$, 'a receivable is refused');
SELECT results_eq($$ SELECT account, subject, chart_string, balance FROM report.trial_balance WHERE institution = 'la' AND period = '2025-11-01' ORDER BY chart_string $$, $$ VALUES
    ('due from', 'be', '11-91', -1.000000000), ('due from', 'be', '11-99', 1.000000000) $$, 'it is still due, in the account of suspense');
SELECT is(sum(amount), 0.000000000, 'due from all and due to all add up to zero') FROM ledger.entry WHERE account IN ('due from', 'due to');
SELECT pg_temp.close('la', '2025-11') \g /dev/null
SELECT results_eq($$ SELECT kind, account, chart_string, amount FROM ledger.journal_line JOIN ledger.journal USING (journal_id) WHERE code = 'LA2025110001' ORDER BY amount $$, $$ VALUES
    ('reversal', 'due from', '11-91', -1.00), ('reversal', 'due from', '11-99', 1.00) $$, 'the next journal says so');
SELECT throws_ok($$ SELECT ledger.answer_journal('la', 'LA2025110001', '{"2": "again"}') $$, '23001', NULL, 'there is nowhere else to put it');

-- What comes too late is decided by the policy, whenever that was imported.
ROLLBACK TO nothing;
SELECT pg_temp.use(:wa, '', d, d + interval '1 hour', cores => 1) FROM unnest(ARRAY['2025-07-10 00:00Z', '2025-08-10 00:00Z', '2025-09-10 00:00Z']::timestamptz[]) AS d \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.close('la', m) FROM unnest(ARRAY['2025-07', '2025-08', '2025-09']) AS m \g /dev/null
SELECT pg_temp.use(:wa, '', '2025-07-11 00:00Z', '2025-07-11 01:00Z', cores => 5) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT pg_temp.import('closing', E'institution,review_days,late_months,late_plan,recovery,due_from,due_to,suspense\nla,0,1,late,11-9,11-91,11-92,11-99') \g /dev/null
SELECT is(operation, 'UPDATE', 'it is noted who changed it') FROM audit.change WHERE table_name = 'ledger.policy' ORDER BY change_id DESC LIMIT 1;
SELECT ok(pg_temp.fund() > 0, 'what stands in the open month is funded anew');
SELECT results_eq('SELECT period, fund FROM pg_temp.legs WHERE amount = 5', $$ VALUES ('2025-10-01'::date, 'lost') $$, 'and written off');

-- Nothing is added to what a closed month was closed with, and records say who signed in.
CREATE FUNCTION pg_temp.as_owner(statement text) RETURNS void LANGUAGE sql AS $$ SELECT pg_temp.as_role('hm_owner', statement) $$;
SELECT throws_ok(format('SELECT pg_temp.as_owner(%L)', s), '23001', NULL, 'not even the owner: ' || s) FROM unnest(ARRAY[
    'INSERT INTO ledger.waiver (institution_id, month, item, subject, detail, reason) SELECT institution_id, month, ''x'', ''x'', ''x'', ''x'' FROM ledger.period LIMIT 1',
    'INSERT INTO ledger.digest SELECT institution_id, month, kind, day - 1, n_rows, sha256 FROM ledger.digest LIMIT 1',
    'INSERT INTO ledger.carry SELECT journal_id, contra, account, 1, 1, 1, ''x'', 0, 0.009, 0 FROM ledger.carry LIMIT 1',
    'INSERT INTO ledger.journal_line SELECT journal_id, 99, kind, account, fund_id, unit_id, counterparty_id, chart_string, segments, month, reverses, 5 FROM ledger.journal_line LIMIT 1',
    'INSERT INTO ledger.journal (institution_id, period, currency, code, fiscal_year, fiscal_period, software_rev) SELECT institution_id, period, ''EUR'', ''x'', 2025, 1, ''x'' FROM ledger.journal LIMIT 1',
    'INSERT INTO ledger.batch (institution_id, period, kind, of_institution_id, of_period) SELECT institution_id, month, ''due'', institution_id, month FROM ledger.period LIMIT 1',
    'INSERT INTO ledger.period (institution_id, month, state, review_until) SELECT institution_id, ''2026-05-01'', ''soft'', ''2026-05-01'' FROM ledger.period LIMIT 1',
    'UPDATE fund.day_total SET amount = amount + 1 WHERE period = ''2025-07-01''',
    'DELETE FROM fund.day_total']) AS s;
SELECT pg_temp.as_login('cora', 'SELECT 1'), pg_temp.as_owner('INSERT INTO ledger.waiver (institution_id, month, item, subject, detail, reason, waived_by, waived_at) SELECT institution_id, ''2025-12-01'', ''x'', ''x'', ''x'', ''x'', ''cora'', ''2020-01-01Z'' FROM ledger.period LIMIT 1') \g /dev/null
SELECT ok(waived_by = session_user AND waived_at = now(), 'in nobody else''s name') FROM ledger.waiver WHERE month = '2025-12-01';
UPDATE charge.workload_group SET username = 'eve' WHERE username = 'ann';
SELECT results_eq('SELECT DISTINCT kind, finding IS NULL FROM ledger.verify()', $$ VALUES ('usage', false) $$, 'who is called otherwise is found');

SELECT * FROM finish();
ROLLBACK;

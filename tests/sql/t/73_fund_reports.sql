-- What is said of funds: balances, legs, statements, and that they are the charges.
BEGIN;
\ir ../fixture.sql
SELECT plan(24);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,America/New_York,USD,,,Testville University,
tu,,,phys,,Physics,
tu,,,bio,,Biology,
tu,,,,,,h
ou,UTC,EUR,,,Other University,
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ann,h,ann\np2,Bob,h,bob') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,phys,2026-01-01,,yes\np2,tu,bio,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.import('groups', E'institution,group,kind,name\ntu,lab,lab,Lab') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,market_rate,valid_from,valid_to\ntu,cpu,,1,,2026-01-01,') \g /dev/null
CREATE FUNCTION pg_temp.day(n integer) RETURNS text LANGUAGE sql AS $$ SELECT ((now() AT TIME ZONE 'America/New_York')::date + n)::text $$;
SELECT pg_temp.import('funds', format($$
institution,fund,name,kind,chart_string,start,end,last_posting,amount,overdraw
tu,NSF,Cold Atoms,federal,1,2020-01-01,%s,,1000,
tu,FULL,Gone,gift,2,,,,4,
tu,OVER,Below zero,operating,3,,,,3,50
tu,DEPT,Physics operating,operating,4,,,,,
tu,SOON,Not yet,sponsored,5,%s,,,10,
tu,ENDED,No more,sponsored,6,2020-01-01,%s,,10,
tu,CLOSED,Long ago,federal,7,2019-01-01,2019-12-31,,10,
ou,DEPT,Theirs,operating,8,,,,,
$$, pg_temp.day(10), pg_temp.day(1), pg_temp.day(-1))) \g /dev/null
SELECT pg_temp.import('amendments', format($$
institution,fund,kind,amount,start,end,last_posting,effective,reference
tu,NSF,increment,500,,,,2026-06-15,A1
tu,NSF,extension,,,%s,,%s,A2
tu,NSF,increment,250,,,,%s,A3
$$, pg_temp.day(20), pg_temp.day(0), pg_temp.day(1))) \g /dev/null
SELECT pg_temp.import('plans', $$
institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,only_classes,on_exhaust,basis,author,approver
tu,P,2026-01-01,1,1,NSF,600000,900.5,fiscal_year,gpu (none),,both,ann,bob
tu,P,2026-01-01,1,2,OVER,400000,,,,,,,
tu,P,2026-01-01,2,1,DEPT,1000000,,,,,,,
tu,P,2026-06-01,1,1,FULL,1000000,,,,,a gift,ann,bob
tu,P,2026-06-01,2,1,DEPT,1000000,,,,,,,
tu,P,2099-01-01,1,1,DEPT,1000000,,,,,later,ann,
$$) \g /dev/null
SELECT pg_temp.import('assignments', $$
institution,plan,scope,code,valid_from,valid_to
tu,P,unit,phys,,
tu,P,group,lab,2026-01-01,2026-02-01
tu,P,person,p1,,
tu,P,tag,a tag,,
$$) \g /dev/null

-- what is used on a day costs as many dollars as it takes hours
CREATE FUNCTION pg_temp.run(of_user text, starts timestamptz, hours integer) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.use(pg_temp.workload('h', of_user, concat(of_user, starts)), '', starts, starts + make_interval(hours => hours), cores => 1) $$;
SELECT pg_temp.run('ann', '2026-05-02 12:00Z', 10), pg_temp.run('bob', '2026-05-02 12:00Z', 10), pg_temp.run('eve', '2026-05-02 12:00Z', 1),
       pg_temp.run('ann', '2026-06-03 12:00Z', 4) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT results_eq($$ SELECT institution, month, charged, funded, unfunded, reasons, difference, is_waiting, currency FROM report.funding_reconciliation ORDER BY month $$, $$ VALUES
    ('tu', '2026-05-01'::date, 21.0, 0::numeric, 0::numeric, '{}'::jsonb, NULL::numeric, true, 'USD'), ('tu', '2026-06-01', 4, 0, 0, '{}', NULL, true, 'USD') $$,
    'charges that wait to be funded');

-- as the engine leaves them behind
CREATE FUNCTION pg_temp.pay(of_user text, of_day date, of_fund text, why text, leg integer, amount numeric, period date) RETURNS void LANGUAGE sql AS $$
    WITH paid AS (
        INSERT INTO fund.leg (line_id, month, period, hub_id, day, institution_id, unit_id, person_id, fund_id, plan_leg_id, sequence, leg, reason, amount, currency)
        SELECT s.line_id, s.month, pay.period, s.hub_id, s.day, s.institution_id, s.unit_id, s.person_id, l.fund_id, l.plan_leg_id, s.sequence, pay.leg, why, pay.amount, s.currency
        FROM charge.share s
        JOIN charge.workload_group g USING (workload_group_id)
        LEFT JOIN (SELECT min(plan_leg_id) AS plan_leg_id, fund_id FROM fund.plan_leg JOIN fund.fund USING (fund_id) WHERE code = of_fund GROUP BY fund_id) AS l ON true
        WHERE g.username = of_user AND s.day = of_day AND s.resource = 'cpu'
        RETURNING *
    )
    INSERT INTO fund.day_total SELECT institution_id, day, month, paid.period, plan_leg_id, unit_id, currency, paid.amount FROM paid $$;
SELECT charge.begin_run('usage', '') \g /dev/null
SELECT pg_temp.pay('ann', '2026-05-02', 'NSF', NULL, 1, 6.000000001, '2026-05-01'), pg_temp.pay('ann', '2026-05-02', 'OVER', NULL, 2, 3.999999999, '2026-05-01'),
       pg_temp.pay('bob', '2026-05-02', NULL, 'no plan', 1, 10, '2026-05-01'), pg_temp.pay('eve', '2026-05-02', NULL, 'in suspense', 1, 1, '2026-05-01'),
       pg_temp.pay('ann', '2026-06-03', 'FULL', NULL, 1, 4, '2026-07-01') \g /dev/null
DELETE FROM fund.dirty_day;
DELETE FROM fund.dirty_since;

-- the legs
SELECT results_eq($$ SELECT institution, posting_month, month, fund, name, kind, plan, department, reason, amount, currency FROM report.fund_leg ORDER BY month, fund, reason $$, $$ VALUES
    ('tu', '2026-05-01'::date, '2026-05-01'::date, '(none)', NULL, NULL, NULL, '(suspense)', 'in suspense', 1.0, 'USD'),
    ('tu', '2026-05-01', '2026-05-01', '(none)', NULL, NULL, NULL, 'bio', 'no plan', 10, 'USD'),
    ('tu', '2026-05-01', '2026-05-01', 'NSF', 'Cold Atoms', 'federal', 'P', 'phys', NULL, 6.000000001, 'USD'),
    ('tu', '2026-05-01', '2026-05-01', 'OVER', 'Below zero', 'operating', 'P', 'phys', NULL, 3.999999999, 'USD'),
    ('tu', '2026-07-01', '2026-06-01', 'FULL', 'Gone', 'gift', 'P', 'phys', NULL, 4, 'USD') $$, 'legs, and why no fund pays');
SELECT is((SELECT sum(amount) FROM report.fund_leg), (SELECT sum(amount) FROM charge.share), 'which are the charges');

-- the reconciliation
CREATE VIEW pg_temp.reconciled AS SELECT month, charged, funded, unfunded, reasons, difference, is_waiting FROM report.funding_reconciliation WHERE institution = 'tu' ORDER BY month;
SELECT results_eq('SELECT * FROM pg_temp.reconciled', $$ VALUES
    ('2026-05-01'::date, 21.0, 10.0, 11.0, '{"no plan": 10.000000000, "in suspense": 1.000000000}'::jsonb, 0::numeric, false), ('2026-06-01', 4, 4, 0, '{}', 0, false) $$, 'charges are what is funded and what is not');
INSERT INTO fund.dirty_day SELECT institution_id, d, 1 FROM org.institution, unnest(ARRAY['2026-06-01', '2026-04-30']::date[]) d WHERE code = 'tu';
SELECT results_eq('SELECT month, difference, is_waiting FROM pg_temp.reconciled', $$ VALUES ('2026-05-01'::date, NULL::numeric, true), ('2026-06-01', NULL, true) $$,
    'a day waits in both months that it has hours of, in the institution''s calendar');
DELETE FROM fund.dirty_day WHERE day = '2026-06-01';
SELECT results_eq('SELECT month, is_waiting FROM pg_temp.reconciled', $$ VALUES ('2026-05-01'::date, false), ('2026-06-01', false) $$, 'the last evening of April is not May');
INSERT INTO fund.dirty_since SELECT institution_id, true, '2026-05-20' FROM org.institution WHERE code = 'ou';
SELECT is_empty('SELECT FROM pg_temp.reconciled WHERE is_waiting', 'nor are other institutions');
INSERT INTO fund.dirty_since SELECT institution_id, true, '2026-05-20' FROM org.institution WHERE code = 'tu';
SELECT results_eq('SELECT month, is_waiting FROM pg_temp.reconciled', $$ VALUES ('2026-05-01'::date, true), ('2026-06-01', true) $$, 'from a day on: all that follows');
UPDATE fund.dirty_since SET day = '2026-06-20';
SELECT results_eq('SELECT month, is_waiting FROM pg_temp.reconciled', $$ VALUES ('2026-05-01'::date, false), ('2026-06-01', true) $$, 'and nothing before');
DELETE FROM fund.dirty_since;
SAVEPOINT broken;
SELECT charge.begin_run('correction', 'test') \g /dev/null
UPDATE fund.leg SET amount = amount - 0.000000001 WHERE month = '2026-06-01';
UPDATE fund.day_total SET amount = amount + 1 WHERE month = '2026-05-01' AND plan_leg_id IS NULL AND unit_id IS NULL;
SELECT results_eq('SELECT month, difference FROM pg_temp.reconciled', $$ VALUES ('2026-05-01'::date, -1.0), ('2026-06-01', 0.000000001) $$, 'what the legs lack is seen, and what sums have too much');
ROLLBACK TO broken;

-- balances
CREATE VIEW pg_temp.balance AS SELECT * FROM report.fund_balance WHERE institution = 'tu';
SELECT results_eq('SELECT fund, status, authorised, overdraw, spent, available, currency FROM pg_temp.balance ORDER BY 1', $$ VALUES
    ('CLOSED', 'closed for posting', 10.00, 0.00, 0::numeric, 10.0, 'USD'), ('DEPT', 'active', NULL, NULL, 0, NULL, 'USD'), ('ENDED', 'ended', 10, 0, 0, 10, 'USD'),
    ('FULL', 'exhausted', 4, 0, 4, 0, 'USD'), ('NSF', 'active', 1500, 0, 6.000000001, 1493.999999999, 'USD'), ('OVER', 'overdrawn', 3, 50, 3.999999999, 49.000000001, 'USD'),
    ('SOON', 'not started', 10, 0, 0, 10, 'USD') $$, 'what is left, and what the funds are');
SELECT results_eq('SELECT fund, first_day::text, last_day::text, last_posting::text FROM pg_temp.balance ORDER BY 1', $$ VALUES
    ('CLOSED', '2019-01-01', '2019-12-31', '2020-04-29'), ('DEPT', NULL, NULL, NULL), ('ENDED', '2020-01-01', pg_temp.day(-1), pg_temp.day(119)), ('FULL', NULL, NULL, NULL),
    ('NSF', '2020-01-01', pg_temp.day(20), pg_temp.day(140)), ('OVER', NULL, NULL, NULL), ('SOON', pg_temp.day(1), NULL, NULL) $$, 'days that count, as amended');
SELECT is(name || ', ' || kind || ', ' || chart_string, 'Cold Atoms, federal, 1', 'what they are called and where they stand') FROM pg_temp.balance WHERE fund = 'NSF';
SELECT results_eq($$ SELECT institution, fund FROM report.fund_balance WHERE fund = 'DEPT' ORDER BY 1 $$, $$ VALUES ('ou', 'DEPT'), ('tu', 'DEPT') $$, 'codes are an institution''s own');

-- amendments, statements
SELECT results_eq($$ SELECT number, kind, amount, first_day::text, last_day::text, effective::text, reference, recorded_by = session_user, recorded_at = now() FROM report.fund_amendment WHERE (institution, fund) = ('tu', 'NSF') ORDER BY number $$, $$ VALUES
    (1::bigint, 'award', 1000.00, '2020-01-01', pg_temp.day(10), NULL, 'award', true, true), (2, 'increment', 500, NULL, NULL, '2026-06-15', 'A1', true, true),
    (3, 'extension', 0, NULL, pg_temp.day(20), pg_temp.day(0), 'A2', true, true), (4, 'increment', 250, NULL, NULL, pg_temp.day(1), 'A3', true, true) $$, 'the award and what became of it');
SELECT results_eq($$ SELECT number, day::text, kind, reference, plan, posting_month, month, change, balance, currency, recorded_by IS NULL FROM report.fund_statement WHERE (institution, fund) = ('tu', 'NSF') ORDER BY number $$, $$ VALUES
    (1::bigint, NULL, 'award', 'award', NULL, NULL::date, NULL::date, 1000.0, 1000.0, 'USD', false),
    (2, '2026-05-31', 'charge', NULL, 'P', '2026-05-01', '2026-05-01', -6.000000001, 993.999999999, 'USD', true),
    (3, '2026-06-15', 'increment', 'A1', NULL, NULL, NULL, 500, 1493.999999999, 'USD', false),
    (4, pg_temp.day(0), 'extension', 'A2', NULL, NULL, NULL, 0, 1493.999999999, 'USD', false),
    (5, pg_temp.day(1), 'increment', 'A3', NULL, NULL, NULL, 250, 1743.999999999, 'USD', false) $$, 'a statement with its running balance');
SELECT results_eq($$ SELECT day::text, month::text, change, balance FROM report.fund_statement WHERE fund = 'FULL' AND kind = 'charge' $$, $$ VALUES ('2026-07-31', '2026-06-01', -4.0, 0.0) $$, 'charges count in the month they are booked in');
SELECT results_eq($$ SELECT day::text, kind, change, balance FROM report.fund_statement WHERE (institution, fund) = ('tu', 'DEPT') $$, $$ VALUES (NULL, 'award', 0.0, 0.0) $$, 'a fund without a limit has an award of nothing');

-- plans
SELECT results_eq($$ SELECT plan, valid_from, valid_to = fund.history_ends(), status, tier::int, leg::int, weight_ppm, cap, cap_window, only_classes, on_exhaust FROM report.plan_leg WHERE (institution, fund) = ('tu', 'DEPT') ORDER BY valid_from $$, $$ VALUES
    ('P', '2026-01-01 05:00Z'::timestamptz, false, 'recorded', 2, 1, 1000000, NULL::numeric, NULL, '', 'spill'), ('P', '2026-06-01 04:00Z', true, 'recorded', 2, 1, 1000000, NULL, NULL, '', 'spill'),
    ('P', '2099-01-01 05:00Z', NULL, 'waiting', 1, 1, 1000000, NULL, NULL, '', 'spill') $$, 'the versions of a plan by which a fund pays');
SELECT results_eq($$ SELECT valid_to, tier::int, leg::int, weight_ppm, cap, cap_window, only_classes FROM report.plan_leg WHERE fund = 'NSF' $$, $$ VALUES ('2026-06-01 04:00Z'::timestamptz, 1, 1, 600000, 900.50, 'fiscal_year', 'gpu (none)') $$, 'until the next one, with its cap');
SELECT results_eq($$ SELECT plan, scope, code, valid_from, valid_to FROM report.plan_assignment ORDER BY scope $$, $$ VALUES
    ('P', 'group', 'lab', '2026-01-01 05:00Z'::timestamptz, '2026-02-01 05:00Z'::timestamptz), ('P', 'person', 'p1', NULL, NULL), ('P', 'tag', 'a tag', NULL, NULL), ('P', 'unit', 'phys', NULL, NULL) $$, 'whose charges it pays');

-- this month
INSERT INTO fund.day_total SELECT institution_id, '2026-06-03', '2026-06-01', date_trunc('month', pg_temp.day(0)::date), plan_leg_id, NULL, 'USD', 2.5
FROM fund.plan_leg l JOIN fund.fund f USING (fund_id) WHERE f.code = 'NSF';
SELECT results_eq($$ SELECT fund, spent, spent_this_month FROM pg_temp.balance WHERE spent <> 0 ORDER BY 1 $$, $$ VALUES ('FULL', 4.0, 0::numeric), ('NSF', 8.500000001, 2.5), ('OVER', 3.999999999, 0) $$, 'what is booked this month');
SELECT is(difference, -2.5, 'and a sum without legs is a difference') FROM pg_temp.reconciled WHERE month = '2026-06-01';

SELECT pg_temp.as_role('hm_finance', format('SELECT * FROM report.%I', v)) FROM unnest(ARRAY['fund_balance', 'fund_leg', 'fund_statement', 'funding_reconciliation', 'fund_amendment', 'plan_leg', 'plan_assignment']) v \g /dev/null
SELECT pass('finance may see all of it, also where there is something');

SELECT * FROM finish();
ROLLBACK;

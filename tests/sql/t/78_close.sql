-- Months that are not open stand as they are; what is found out later is booked in the month that is.
BEGIN;
\ir ../fixture.sql
SELECT plan(35);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,bio,,Biology,
tu,,,phys,,Physics,
tu,,,,,,h
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ann,h,ann\np2,Bob,h,bob\np3,Cyd,h,cyd') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,,yes\np2,tu,bio,2026-01-01,,yes\np3,tu,phys,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,valid_from,valid_to\ntu,cpu,,0.013,2026-01-01,\ntu,cpu,one,1,2026-01-01,') \g /dev/null
SELECT pg_temp.import('funds', $$
institution,fund,name,kind,chart_string,start,end,amount,overdraw
tu,dept,Department 12010,operating,11-2,,,,
tu,physics,Physics,operating,11-3,,,,
tu,ten,Ten,gift,11-7,,,10.00,
tu,lost,Written off,write-off,11-9,,,,
$$) \g /dev/null
SELECT pg_temp.import('plans', $$
institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver
tu,dept,2026-01-01,1,1,dept,1000000,operating,ann,bob
tu,phys,2026-01-01,1,1,physics,1000000,operating,ann,bob
tu,ten,2026-01-01,1,1,ten,1000000,a gift,ann,bob
tu,ten,2026-01-01,2,1,dept,1000000,,ann,bob
tu,late,2026-01-01,1,1,lost,1000000,came too late,ann,bob
$$) \g /dev/null
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\ntu,dept,unit,bio\ntu,phys,unit,phys\ntu,ten,person,p2') \g /dev/null
CREATE VIEW pg_temp.posted AS
SELECT l.period, l.month, f.code AS fund, sum(l.amount) AS amount
FROM fund.leg AS l LEFT JOIN fund.fund AS f USING (fund_id) GROUP BY l.period, l.month, f.code HAVING sum(l.amount) <> 0;
CREATE FUNCTION pg_temp.close(of_month date) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger.period (institution_id, month, state, review_until)
    SELECT institution_id, of_month, 'soft', of_month FROM org.institution WHERE code = 'tu';
$$;
-- What stands, byte by byte.
CREATE FUNCTION pg_temp.stands(until date) RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat((SELECT string_agg(l::text, E'\n' ORDER BY l::text) FROM charge.line AS l WHERE period <= until),
                      (SELECT string_agg(s::text, E'\n' ORDER BY s::text) FROM charge.share AS s WHERE period <= until),
                      (SELECT string_agg(g::text, E'\n' ORDER BY g::text) FROM fund.leg AS g WHERE period <= until)));
$$;

SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'm8'), '', '2026-06-10 00:00Z', '2026-06-10 01:00Z', cores => 4) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'bob', 'w1'), 'one', '2026-06-11 00:00Z', '2026-06-11 01:00Z', cores => 8) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'bob', 'w2'), 'one', '2026-07-11 00:00Z', '2026-07-11 01:00Z', cores => 3) \g /dev/null
SELECT ok(pg_temp.fund() > 0, 'three days');
SELECT results_eq('SELECT * FROM pg_temp.posted ORDER BY 1, 3', $$ VALUES
    ('2026-06-01'::date, '2026-06-01'::date, 'dept', 0.052000000), ('2026-06-01', '2026-06-01', 'ten', 8.000000000),
    ('2026-07-01', '2026-07-01', 'dept', 1.000000000), ('2026-07-01', '2026-07-01', 'ten', 2.000000000) $$, 'all in their own month');
SELECT pg_temp.close('2026-06-01');
SELECT pg_temp.stands('2026-06-01') AS june \gset

-- M8
UPDATE usage.slot SET cpu_used_usec = cpu_used_usec * 3000 / 3600, cpu_billable_usec = cpu_billable_usec * 3000 / 3600
WHERE slot_start >= '2026-06-10Z' AND slot_start < '2026-06-11Z';
SELECT throws_ok($$ SELECT charge.rate_day(hub_id, '2026-06-10', charge.begin_run('usage', '')) FROM usage.hub WHERE name = 'h' $$, 'HM002', NULL, 'M8: less than was charged is not taken for granted');
SELECT charge.accept_usage('h', '2026-06-10', 'the collector''s clock') \g /dev/null
SELECT ok(pg_temp.fund() > 0, 'M8: rated again');
SELECT results_eq($$ SELECT period, month, amount, billable FROM charge.line WHERE day = '2026-06-10' AND resource = 'cpu' ORDER BY 1 $$, $$ VALUES
    ('2026-06-01'::date, '2026-06-01'::date, 0.052000000, 14400000000), ('2026-07-01', '2026-06-01', -0.008666667, -2400000000) $$, 'M8: an adjustment of -0.008666667 in the open month');
SELECT results_eq($$ SELECT fund, amount FROM pg_temp.posted WHERE period > month $$, $$ VALUES ('dept', -0.008666667) $$, 'M8: to the fund that had paid');
SELECT is(pg_temp.stands('2026-06-01'), :'june', 'M8: the closed month is unchanged');
SELECT is(pg_temp.fund(), 0::bigint, 'again: nothing to do');
SELECT results_eq($$ SELECT t FROM charge.line l CROSS JOIN report.explain_text(l.line_id) t WHERE l.day = '2026-06-10' AND l.resource = 'cpu' AND l.period > l.month AND t ~ '^(amount|  together|  2026)' $$,
    $$ SELECT unnest(ARRAY['amount: -0.008666667 USD, the difference to what stands in closed months:', format('  2026-06, line %s: 0.052000000 USD', line_id), '  together 0.043333333 USD']) FROM charge.line WHERE day = '2026-06-10' AND resource = 'cpu' AND period = month $$, 'M8: and explains itself');
SELECT results_eq($$ SELECT sum(before), sum(after) FROM charge.run_total WHERE day = '2026-06-10' AND run_id = (SELECT max(run_id) FROM charge.run_total) $$,
                  $$ VALUES (0.052000000, 0.043333333) $$, 'the run says what the day cost before and after');

-- Late usage takes no money from what stands, but comes before what is open.
SELECT pg_temp.use(pg_temp.workload('h', 'bob', 'late'), 'one', '2026-06-02 00:00Z', '2026-06-02 01:00Z', cores => 5) \g /dev/null
SELECT ok(pg_temp.fund() > 0, 'late usage');
SELECT results_eq($$ SELECT * FROM pg_temp.posted WHERE fund = 'ten' OR fund = 'dept' AND amount > 0.1 ORDER BY 1, 2, 3 $$, $$ VALUES
    ('2026-06-01'::date, '2026-06-01'::date, 'ten', 8.000000000),
    ('2026-07-01', '2026-06-01', 'dept', 2.991333333), ('2026-07-01', '2026-06-01', 'ten', 2.000000000),
    ('2026-07-01', '2026-07-01', 'dept', 3.000000000) $$, 'the gift had 2.00 left, and it was used first');
SELECT is(pg_temp.stands('2026-06-01'), :'june', 'the closed month is unchanged');

-- A correction gives back to the fund that paid, and what is open may have it.
UPDATE usage.slot SET cpu_used_usec = cpu_used_usec / 2, cpu_billable_usec = cpu_billable_usec / 2
WHERE slot_start >= '2026-06-11Z' AND slot_start < '2026-06-12Z';
SELECT charge.accept_usage('h', '2026-06-11', 'counted twice') \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.posted WHERE fund = 'ten' ORDER BY 1, 2 $$, $$ VALUES
    ('2026-06-01'::date, '2026-06-01'::date, 'ten', 8.000000000), ('2026-07-01', '2026-06-01', 'ten', -2.000000000),
    ('2026-07-01', '2026-07-01', 'ten', 3.000000000) $$, 'the gift: 8.00 and -4.00, 2.00 of what came late, and all of July');
SELECT is(pg_temp.stands('2026-06-01'), :'june', 'the closed month is unchanged');
SELECT is(pg_temp.fund(), 0::bigint, 'again: nothing to do');

-- Somebody belonged to another department: what stands is moved in the month that is open.
UPDATE org.membership SET unit_id = (SELECT unit_id FROM org.unit WHERE code = 'phys') WHERE person_id = (SELECT person_id FROM org.person WHERE code = 'p1');
SELECT ok(pg_temp.fund() > 0, 'moved');
SELECT results_eq($$ SELECT period, fund, amount FROM pg_temp.posted WHERE month = '2026-06-01' AND fund IN ('physics', 'dept') ORDER BY 1, 2 $$, $$ VALUES
    ('2026-06-01'::date, 'dept', 0.052000000), ('2026-07-01', 'dept', 2.948000000), ('2026-07-01', 'physics', 0.043333333) $$, 'what the department paid is given back, the other pays what is right');
SELECT is(sum(amount), 0.043333333, 'and the line is what it is') FROM charge.line WHERE day = '2026-06-10' AND resource = 'cpu';
SELECT is(pg_temp.stands('2026-06-01'), :'june', 'the closed month is unchanged');
SELECT is(pg_temp.fund(), 0::bigint, 'again: nothing to do');
SELECT pg_temp.close('2026-07-01');
UPDATE org.membership SET unit_id = (SELECT unit_id FROM org.unit WHERE code = 'bio') WHERE person_id = (SELECT person_id FROM org.person WHERE code = 'p1');
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT period, fund, amount FROM pg_temp.posted WHERE month = '2026-06-01' AND fund IN ('physics', 'dept') ORDER BY 1, 2 $$, $$ VALUES
    ('2026-06-01'::date, 'dept', 0.052000000), ('2026-07-01', 'dept', 2.948000000), ('2026-07-01', 'physics', 0.043333333),
    ('2026-08-01', 'dept', 0.043333333), ('2026-08-01', 'physics', -0.043333333) $$, 'and back again, a month later');

-- Charges that come too late are written off.
INSERT INTO ledger.policy (institution_id, late_periods, late_plan_id)
SELECT institution_id, 1, plan_id FROM fund.plan WHERE code = 'late';
SELECT pg_temp.use(pg_temp.workload('h', 'cyd', 'w3'), 'one', '2026-06-20 00:00Z', '2026-06-20 01:00Z', cores => 2) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'cyd', 'w4'), 'one', '2026-07-20 00:00Z', '2026-07-20 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT month, fund, amount FROM pg_temp.posted WHERE period = '2026-08-01' AND amount >= 1 ORDER BY 1, 2 $$, $$ VALUES
    ('2026-06-01'::date, 'lost', 2.043333333), ('2026-07-01', 'physics', 1.000000000) $$, 'two months late: not any more to the department, nor what came before this was decided');

-- Nobody changes what stands.
SELECT charge.begin_run('correction', 'try') \g /dev/null
SELECT throws_ok($$ UPDATE charge.line SET amount = 0 WHERE period = '2026-06-01' $$, '23001', '2026-06 of tu is under review and stays as it is', 'no line');
SELECT throws_ok($$ UPDATE charge.line_2026_06 SET amount = 0 WHERE period = '2026-06-01' $$, '23001', NULL, 'not behind its back either');
SELECT throws_ok($$ UPDATE charge.line SET period = '2026-06-01' WHERE day = '2026-06-20' AND amount > 0 $$, '23001', NULL, 'nor is one moved into it');
SELECT throws_ok($$ DELETE FROM charge.share WHERE period = '2026-06-01' $$, '23001', NULL, 'no share');
SELECT throws_ok($$ UPDATE charge.share_2026_06 SET weight_ppm = 5 WHERE period = '2026-06-01' $$, '23001', NULL, 'no share in its partition');
SELECT throws_ok($$ DELETE FROM fund.leg_2026_06 WHERE period = '2026-07-01' $$, '23001', NULL, 'no leg');
SELECT throws_ok($$ TRUNCATE fund.leg $$, '23001', NULL, 'not all legs');
SELECT throws_ok($$ TRUNCATE charge.line_2026_06 $$, '23001', NULL, 'not all lines');
SELECT throws_ok($$ DELETE FROM ledger.period $$, '23001', NULL, 'no period is taken away');
SELECT throws_ok($$ TRUNCATE ledger.period CASCADE $$, '23001', NULL, 'nor all');
SELECT throws_ok($$ UPDATE ledger.period SET state = 'closed', closed_at = now(), closed_by = 'somebody' WHERE month = '2026-06-01' $$, '23514', NULL, 'who prepared it does not close it');
SET LOCAL ROLE hm_owner;
SELECT throws_ok($$ UPDATE charge.line SET amount = 0 WHERE period = '2026-06-01' $$, '23001', NULL, 'not even the owner of the schema');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;

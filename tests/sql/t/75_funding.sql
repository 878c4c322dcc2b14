-- Which money pays: worked figures, and what is funded anew when something changes.
BEGIN;
\ir ../fixture.sql
SELECT no_plan();

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,sci,,Sciences,
tu,,,bio,sci,Biology,
tu,,,phys,sci,Physics,
tu,,,,,,h
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ann,h,ann\np2,Bob,h,bob\np3,Cyd,h,cyd') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,,yes\np2,tu,bio,2026-01-01,,yes\np3,tu,phys,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,valid_from,valid_to\ntu,cpu,,0.013,2026-01-01,\ntu,cpu,one,1,2026-01-01,\ntu,gpu,,1.803,2026-01-01,') \g /dev/null
SELECT pg_temp.import('funds', $$
institution,fund,name,kind,chart_string,start,end,amount,overdraw
tu,grant-a,Grant A,federal,11-1,2026-01-01,2027-12-31,25.00,
tu,dept,Department 12010,operating,11-2,,,,
tu,x,X,operating,11-3,,,,
tu,y,Y,operating,11-4,,,,
tu,z,Z,operating,11-5,,,,
tu,pre,Prepaid,prepaid,11-6,,,20.00,50.00
tu,ten,Ten,gift,11-7,,,10.00,
$$) \g /dev/null
SELECT pg_temp.import('plans', $$
institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver
tu,grant,2026-01-01,1,1,grant-a,1000000,proposal,ann,bob
tu,grant,2026-01-01,2,1,dept,1000000,,ann,bob
tu,split,2026-01-01,1,1,x,600000,by use,ann,bob
tu,split,2026-01-01,1,2,y,250000,,ann,bob
tu,split,2026-01-01,1,3,z,150000,,ann,bob
tu,prepaid,2026-01-01,1,1,pre,1000000,paid ahead,ann,bob
tu,prepaid,2026-01-01,2,1,dept,1000000,,ann,bob
tu,ten,2026-01-01,1,1,ten,1000000,a gift,ann,bob
tu,ten,2026-01-01,2,1,dept,1000000,,ann,bob
$$) \g /dev/null
CREATE VIEW pg_temp.paid AS
SELECT l.day, f.code AS fund, l.reason, sum(l.amount) AS amount
FROM fund.leg AS l LEFT JOIN fund.fund AS f USING (fund_id) GROUP BY l.day, f.code, l.reason;

-- no plan yet
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'w0'), '', '2026-05-02 00:00Z', '2026-05-02 10:00Z', cores => 1) \g /dev/null
SELECT is(pg_temp.fund(), 1::bigint, 'a share without a plan has a leg all the same');
SELECT results_eq('SELECT fund, reason, amount FROM pg_temp.paid', $$ VALUES (NULL::text, 'no plan', 0.130000000) $$, 'which says why');
SELECT is(pg_temp.fund(), 0::bigint, 'again: nothing to do');

-- M2
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\ntu,split,unit,sci') \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'm2'), '', '2026-06-02 00:00Z', '2026-06-03 13:00Z', cores => 4) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'm2g'), '', '2026-06-02 00:00Z', '2026-06-02 12:30Z', gpus => 1) \g /dev/null
SELECT ok(pg_temp.fund() > 0, 'funded');
SELECT results_eq($$ SELECT fund, sum(amount) FROM pg_temp.paid WHERE day > '2026-06-01' GROUP BY fund ORDER BY fund $$,
                  $$ VALUES ('x', 14.676900000), ('y', 6.115375000), ('z', 3.669225000) $$, 'M2: a plan of 60/25/15');
SELECT results_eq($$ SELECT fund, amount FROM pg_temp.paid WHERE day < '2026-06-01' ORDER BY fund $$,
                  $$ VALUES ('x', 0.078000000), ('y', 0.032500000), ('z', 0.019500000) $$, 'and what had none has it now');
SELECT is(pg_temp.fund(), 0::bigint, 'again: nothing to do');

-- M3
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\ntu,grant,person,p2') \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'bob', 'm3'), '', '2026-09-14 22:00Z', '2026-09-17 22:00Z', gpus => 1) \g /dev/null
SELECT ok(pg_temp.fund() > 0, 'M3: an A100 for 72 h');
SELECT results_eq($$ SELECT fund, sum(amount) FROM pg_temp.paid WHERE day > '2026-09-01' GROUP BY fund ORDER BY fund $$,
                  $$ VALUES ('dept', 104.816000000), ('grant-a', 25.000000000) $$, 'M3: GRANT-A 25.000, DEPT 104.816');
SELECT results_eq($$ SELECT day, fund, amount FROM pg_temp.paid WHERE day BETWEEN '2026-09-14' AND '2026-09-15' ORDER BY day, fund $$,
                  $$ VALUES ('2026-09-14'::date, 'grant-a', 3.606000000), ('2026-09-15', 'dept', 21.878000000), ('2026-09-15', 'grant-a', 21.394000000) $$,
                  'M3: the fund ends inside the 14th hour');

-- M6
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\ntu,prepaid,person,p3') \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'cyd', 'm6'), 'one', '2026-07-01 00:00Z', '2026-07-01 01:00Z', cores => 60) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT fund, amount FROM pg_temp.paid WHERE day = '2026-07-01' $$, $$ VALUES ('pre', 60.000000000) $$, 'M6: a charge of 60.00 on 20.00');
SELECT pg_temp.use(pg_temp.workload('h', 'cyd', 'm6b'), 'one', '2026-07-02 00:00Z', '2026-07-02 01:00Z', cores => 20) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT fund, amount FROM pg_temp.paid WHERE day = '2026-07-02' ORDER BY fund $$,
                  $$ VALUES ('dept', 10.000000000), ('pre', 10.000000000) $$, 'M6: of the next 20.00 10.00 is accepted, 10.00 is the backstop''s');

-- late usage goes first, whenever it comes
SELECT pg_temp.use(pg_temp.workload('h', 'cyd', 'late'), 'one', '2026-06-30 00:00Z', '2026-06-30 01:00Z', cores => 15) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT day, fund, amount FROM pg_temp.paid WHERE day >= '2026-06-30' AND fund = 'pre' ORDER BY day $$,
                  $$ VALUES ('2026-06-30'::date, 'pre', 15.000000000), ('2026-07-01', 'pre', 55.000000000) $$, 'earlier usage that comes late is paid first');
SELECT is(sum(amount), (SELECT sum(amount) FROM charge.share), 'nothing is lost') FROM fund.leg;
SELECT results_eq('SELECT day, plan_leg_id, sum(amount) FROM fund.leg GROUP BY 1, 2 ORDER BY 1, 2', 'SELECT day, plan_leg_id, sum(amount) FROM fund.day_total GROUP BY 1, 2 ORDER BY 1, 2', 'and the sums are the legs');

-- A fund that is there for a time, with more money from a day on
SELECT pg_temp.import('amendments', E'institution,fund,kind,amount,effective,reference\ntu,ten,increment,2.00,2026-08-02,letter') \g /dev/null
SELECT pg_temp.import('assignments', E'institution,plan,scope,code,valid_from,valid_to\ntu,ten,tag,t,2026-08-01,2026-08-04') \g /dev/null
SELECT pg_temp.workload('h', 'ann', 'tagged') AS w \gset
SELECT pg_temp.import('groups', E'institution,group,kind,name,unit\ntu,t,project,T,bio') \g /dev/null
SELECT pg_temp.import('members', E'person,institution,group,valid_from,valid_to\np1,tu,t,2026-01-01,') \g /dev/null
UPDATE usage.workload SET tag = 't' WHERE workload_id = :w;
SELECT pg_temp.use(:w, 'one', '2026-08-01 00:00Z', '2026-08-05 00:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT day, fund, amount FROM pg_temp.paid WHERE day BETWEEN '2026-08-01' AND '2026-08-04' ORDER BY day, fund $$,
                  $$ VALUES ('2026-08-01'::date, 'dept', 14.000000000), ('2026-08-01', 'ten', 10.000000000),
                            ('2026-08-02', 'dept', 22.000000000), ('2026-08-02', 'ten', 2.000000000),
                            ('2026-08-03', 'dept', 24.000000000),
                            ('2026-08-04', 'x', 14.400000000), ('2026-08-04', 'y', 6.000000000), ('2026-08-04', 'z', 3.600000000) $$,
                  'an increment counts from its day, an assignment in its time');

-- less than what was paid already
SELECT results_eq($$ SELECT pg_temp.complaints('caps', E'institution,scope,code,amount,window,overdraw,valid_from\ntu,fund,pre,50.00,month,4.99,\ntu,fund,pre,70,life,,\ntu,fund,x,0,month,,2026-09-01\ntu,fund,ten,11.99,life,,') $$, $$ VALUES
    ('2 amount: 55 USD were paid already in 2026-07: the cap must not be less, or begin later'),
    ('5 amount: 12 USD were paid already in all: the cap must not be less, or begin later') $$, 'caps: complaints');
SELECT results_eq($$ SELECT pg_temp.complaints('amendments', E'institution,fund,kind,amount,effective,reference\ntu,grant-a,de-obligation,-0.01,2026-10-01,n1') $$,
    $$ VALUES ('2 amount: leaves 24.99, and 25 were paid already') $$, 'a de-obligation of what was paid');

-- What a fund paid can't be written otherwise.
SELECT throws_ok('UPDATE fund.leg SET amount = amount + 1', '23001', NULL, 'outside a run')
FROM set_config('hubmeter.run_id', '', true);
SELECT charge.begin_run('correction', 'by hand') \g /dev/null
CREATE FUNCTION pg_temp.tamper(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    SET CONSTRAINTS ALL IMMEDIATE;
END
$$;
SELECT throws_ok($$ SELECT pg_temp.tamper('UPDATE fund.leg SET amount = amount + 1 WHERE day = ''2026-08-03''') $$, '23514', NULL, 'more than the share');
SELECT throws_ok($$ SELECT pg_temp.tamper('DELETE FROM fund.leg WHERE day = ''2026-08-03''') $$, '23514', NULL, 'not at all');
SELECT throws_ok($$ SELECT pg_temp.as_role('hm_rater', 'UPDATE fund.leg SET amount = amount + 1') $$, '42501', NULL, 'by raters');
SET CONSTRAINTS ALL DEFERRED;
SELECT * FROM finish();
ROLLBACK;

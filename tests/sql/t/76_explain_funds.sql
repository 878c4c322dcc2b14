-- Why a fund does not pay: all that report.share_funding has to say about a leg of a plan that was passed over.
BEGIN;
\ir ../fixture.sql
SELECT no_plan();

SELECT pg_temp.import('org', E'institution,time_zone,currency,unit,parent,name,hub\ntu,UTC,USD,,,TU,\ntu,,,sci,,Sciences,\ntu,,,bio,sci,Biology,\ntu,,,,,,h') \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ann,h,ann\np2,Bob,h,bob\np3,Cyd,h,cyd\np4,Dee,h,dee\np5,Eve,h,eve') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,,yes\np2,tu,bio,2026-01-01,,yes\np3,tu,bio,2026-01-01,,yes\np5,tu,bio,2026-01-01,,yes\np4,tu,bio,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,valid_from,valid_to\ntu,cpu,,1,2026-01-01,') \g /dev/null
SELECT pg_temp.import('funds', $$
institution,fund,name,kind,chart_string,start,end,last_posting,amount,overdraw
tu,dept,Department,operating,11-2,,,,,
tu,soon,Soon,gift,11-3,2026-06-01,,,,
tu,shut,Shut,sponsored,11-4,2026-01-01,2026-05-20,2026-05-25,,
tu,five,Five,federal,11-5,,,,5.00,
tu,six,100 %s,gift,11-6,,,,4.00,2.00
tu,open,Open,gift,11-7,,,,,
tu,over,Over,prepaid,11-8,,,,0.00,
$$) \g /dev/null
SELECT pg_temp.import('plans', $$
institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,only_classes,on_exhaust,basis,author,approver
tu,times,2026-01-01,1,1,soon,500000,,,,,b,ann,bob
tu,times,2026-01-01,1,2,shut,500000,,,one (none),,,,
tu,times,2026-01-01,2,1,dept,1000000,,,,,,,
tu,awards,2026-01-01,1,1,five,1000000,,,,,b,ann,bob
tu,awards,2026-01-01,2,1,open,500000,,,two,,,,
tu,awards,2026-01-01,2,2,five,500000,,,,,,,
tu,awards,2026-01-01,3,1,dept,1000000,,,,,,,
tu,caps,2026-01-01,1,1,open,600000,3,fiscal_year,,redistribute,b,ann,bob
tu,caps,2026-01-01,1,2,six,400000,,,,,,,
tu,caps,2026-01-01,2,1,dept,1000000,,,,,,,
tu,capped,2026-01-01,1,1,open,1000000,,,,,b,ann,bob
tu,capped,2026-01-01,2,1,dept,1000000,,,,,,,
tu,more,2026-01-01,1,1,over,1000000,,,,overdraw,b,ann,bob
tu,more,2026-01-01,2,1,dept,1000000,,,,,,,
$$) \g /dev/null
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\ntu,times,unit,sci\ntu,awards,person,p2\ntu,caps,person,p3\ntu,more,person,p4\ntu,capped,person,p5') \g /dev/null
SELECT pg_temp.import('caps', E'institution,scope,code,amount,window\ntu,person,p4,2,month\ntu,person,p5,1,month\ntu,plan,capped,1,life\ntu,unit,sci,900,life\ntu,fund,six,5,life') \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', u, u), '', '2026-05-19 00:00Z', '2026-05-19 10:00Z', cores => 1)
FROM unnest(ARRAY['ann', 'bob', 'cyd', 'dee', 'eve']) AS u \g /dev/null

CREATE FUNCTION pg_temp.told(of_user text, of_day date) RETURNS TABLE (fund text, amount text, instead text) LANGUAGE sql AS $$
    SELECT g ->> 'fund', trim_scale((g ->> 'amount')::numeric)::text,
           (SELECT string_agg(format('%s/%s %s: %s', p ->> 'tier', p ->> 'leg', p ->> 'fund', p ->> 'why'), E'\n' ORDER BY n)
            FROM jsonb_array_elements(g -> 'rather_than') WITH ORDINALITY AS e (p, n))
    FROM charge.line AS l
    JOIN charge.workload_group AS w USING (workload_group_id)
    CROSS JOIN LATERAL jsonb_array_elements(report.share_funding(l.line_id, 1) -> 'legs') AS g
    WHERE w.username = of_user AND l.day = of_day
$$;
SELECT pg_temp.fund() \g /dev/null

SELECT results_eq($$ SELECT * FROM pg_temp.told('ann', '2026-05-19') $$, $$ VALUES
    ('dept', '10', E'1/1 soon: begins on 2026-06-01\n1/2 shut: its last day of posting, 2026-05-25, is before the end of 2026-05') $$,
    'one begins later, of the other the books are closed too early');
SELECT results_eq($$ SELECT * FROM pg_temp.told('bob', '2026-05-19') $$, $$ VALUES
    ('five', '5', NULL),
    ('dept', '5', E'1/1 five: nothing was left of its 5 USD\n2/1 open: does not pay for usage without a class\n2/2 five: nothing was left of its 5 USD, or an award must not pay what another refused') $$,
    'an award behind an award: both may be the reason');
SELECT results_eq($$ SELECT * FROM pg_temp.told('cyd', '2026-05-19') $$, $$ VALUES
    ('open', '3', NULL),
    ('six', '5', '1/1 open: nothing was left of its cap of 3 USD a fiscal year in the plan'),
    ('dept', '2', E'1/1 open: nothing was left of its cap of 3 USD a fiscal year in the plan\n1/2 six: nothing was left of the cap of 5 USD for fund six') $$,
    'what is redistributed within a tier is said there too; a cap that ends before the fund');
SELECT results_eq($$ SELECT * FROM pg_temp.told('dee', '2026-05-19') $$, $$ VALUES ('over', '10', NULL::text) $$,
    'what may be overdrawn never runs out, nor do caps end it');
SELECT results_eq($$ SELECT * FROM pg_temp.told('eve', '2026-05-19') $$, $$ VALUES
    ('open', '1', NULL),
    ('dept', '9', '1/1 open: nothing was left of the cap of 1 USD for plan capped, or nothing was left of the cap of 1 USD a month for person p5') $$,
    'only what had run out is named');

SELECT pg_temp.use(pg_temp.workload('h', 'cyd', 'late'), '', '2026-05-20 00:00Z', '2026-05-20 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.told('cyd', '2026-05-19') WHERE fund = 'dept' $$, $$ VALUES
    ('dept', '2', E'1/1 open: nothing was left of its cap of 3 USD a fiscal year in the plan\n1/2 six: nothing was left of the cap of 5 USD for fund six') $$,
    'what is paid afterwards changes nothing');

SELECT * FROM finish();
ROLLBACK;

-- Funds, plans and caps as files bring them in: what is refused, and why; who approves.
BEGIN;
\ir ../fixture.sql
SELECT plan(92);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub,fiscal_year_start
tu,America/New_York,USD,,,Testville University,,7
tu,,,phys,,Physics,,
ou,UTC,USD,,,Other University,,
tu,,,,,,h,
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name\np1,Ann') \g /dev/null
SELECT pg_temp.import('groups', E'institution,group,kind,name\ntu,lab,lab,Lab\nou,lab,lab,Their lab') \g /dev/null

-- the fiscal year
SELECT results_eq('SELECT code, fiscal_year_start::int FROM org.institution WHERE institution_id <> 0 ORDER BY 1', $$ VALUES ('ou', 1), ('tu', 7) $$, 'a fiscal year begins in July or January');
SELECT is(pg_temp.import('org', E'institution,time_zone,currency,unit,name\ntu,America/New_York,USD,,Testville University'), 0::bigint, 'a file without the column changes nothing');
SELECT is(pg_temp.import('org', E'institution,time_zone,currency,unit,name,fiscal_year_start\ntu,America/New_York,USD,,Testville University,10'), 1::bigint, 'one with it does');
SELECT results_eq($$ SELECT pg_temp.complaints('org', E'institution,time_zone,currency,unit,name,fiscal_year_start\ntu,America/New_York,USD,,TU,13\ntu,,,phys,Physics,7') $$, $$ VALUES
    ('2 fiscal_year_start: is not a month from 1 to 12'), ('3 fiscal_year_start: belongs in the row of the institution') $$, 'fiscal_year_start: complaints');

-- the grammar of chart strings
CREATE FUNCTION pg_temp.grammar() RETURNS text LANGUAGE sql AS $$ SELECT $g$
institution,position,segment,pattern,separator,optional
tu,1,fund,\d{5},,
tu,2,org,(PH|CH)(\d)\d\d,-,no
tu,3,account,\d{4},.,yes
tu,4,project,[A-Z]+,,yes
$g$ $$;
SELECT is(pg_temp.import('chart-segments', pg_temp.grammar()), 4::bigint, 'a grammar');
SELECT is(pg_temp.import('chart-segments', pg_temp.grammar()), 0::bigint, 'the second time nothing changes');
SELECT results_eq($$ SELECT s, fund.chart_fault(institution_id, s) FROM org.institution, unnest(ARRAY['11301-PH100', '11301-PH100.6100', '11301-PH100.6100-X', '1130-PH100', '11301', '11301-PX100', '11301-PH100-6100', '11301-PH1000', '11301-PH100.', '11301-PH100.6100-', '11301-PH100.6100-X-Y', '']) s WHERE code = 'tu' $$, $$ VALUES
    ('11301-PH100', NULL), ('11301-PH100.6100', NULL), ('11301-PH100.6100-X', NULL),
    ('1130-PH100', 'its fund (segment 1) is not what \d{5} says'),
    ('11301', 'has no org (segment 2)'),
    ('11301-PX100', 'its org (segment 2) is not what (PH|CH)(\d)\d\d says'),
    ('11301-PH100-6100', 'has no "." before its account (segment 3)'),
    ('11301-PH1000', 'its org (segment 2) is not what (PH|CH)(\d)\d\d says'),
    ('11301-PH100.', 'its account (segment 3) is not what \d{4} says'),
    ('11301-PH100.6100-', 'its project (segment 4) is not what [A-Z]+ says'),
    ('11301-PH100.6100-X-Y', 'its project (segment 4) is not what [A-Z]+ says'),
    ('', 'its fund (segment 1) is not what \d{5} says') $$, 'the segment that fails is named');
SELECT is(fund.chart_fault(institution_id, 'any text'), NULL, 'without a grammar any text will do') FROM org.institution WHERE code = 'ou';
SELECT results_eq($$ SELECT p.* FROM org.institution, fund.chart_parse(institution_id, '11301-PH100.6100') p WHERE code = 'tu' $$, $$ VALUES ('fund', '11301'), ('org', 'PH100'), ('account', '6100') $$, 'a chart string in its segments, whatever groups the patterns have');
SELECT is_empty($$ SELECT p.* FROM org.institution, fund.chart_parse(institution_id, '11301') p $$, 'one that is refused has none');
SELECT results_eq($$ SELECT pg_temp.complaints('chart-segments', E'institution,position,segment,pattern,separator,optional\nxx,0,colour,,,maybe\ntu,1,fund,(,-,\ntu,2,fund,a)|(b,,\ntu,3,org,(a)\\1,,') $$, $$ VALUES
    ('2 institution: unknown institution'), ('2 optional: is neither yes nor no'), ('2 pattern: is required'), ('2 position: is not a place such as 1'),
    ('2 segment: is not one of chart, fund, org, account, program, activity, location, project'),
    ('3 pattern: invalid regular expression: parentheses () not balanced'), ('3 separator: nothing stands before the first segment'),
    ('4 pattern: invalid regular expression: parentheses () not balanced'), ('4 segment: is already in line 3'),
    ('5 pattern: refers back to a group, which a part of a longer pattern can''t') $$, 'chart-segments: complaints');
SELECT results_eq($$ SELECT pg_temp.complaints('chart-segments', E'institution,position,segment,pattern,optional\ntu,1,fund,a,yes\ntu,3,org,b,yes\ntu,3,account,c,') $$, $$ VALUES
    ('3 position: is not the next place: 2 is missing'), ('4 optional: must be yes: org, which stands before it, may be left out') $$, 'chart-segments: holes, and what follows what may be left out');


-- funds
CREATE FUNCTION pg_temp.funds() RETURNS text LANGUAGE sql AS $$ SELECT $f$
institution,fund,name,kind,chart_string,start,end,last_posting,amount,overdraw
tu,NSF-1,Cold Atoms,federal,11301-PH100,2026-01-01,2026-12-31,2027-03-31,50000,
tu,DOE-1,Warm Atoms,federal,11302-PH100,2026-01-01,2026-12-31,,1000.50,10
tu,PURDUE,Subaward,sponsored,11303-PH100,,,,1000,
tu,GIFT,Lasers for all,gift,21301-PH100,,,,500,
tu,DEPT,Physics operating,operating,10000-PH100.6100,,,,,
tu,CENTRAL,Research computing,subsidy,10001-PH100.6100,,,,,
ou,DEPT,Their operating,operating,whatever they like,,,,,
$f$ $$;
SELECT is(pg_temp.import('funds', pg_temp.funds()), 7::bigint, 'funds');
SELECT is(pg_temp.import('funds', pg_temp.funds()), 0::bigint, 'the second time nothing changes');
SELECT results_eq($$ SELECT f.code, is_limited, a.kind, a.amount, first_day, last_day, last_posting, effective, reference FROM fund.amendment a JOIN fund.fund f USING (fund_id) WHERE f.code IN ('NSF-1', 'GIFT', 'CENTRAL') ORDER BY 1 $$, $$ VALUES
    ('CENTRAL', false, 'award', 0.00, NULL::date, NULL::date, NULL::date, '-infinity'::date, 'award'),
    ('GIFT', true, 'award', 500, NULL, NULL, NULL, '-infinity', 'award'),
    ('NSF-1', true, 'award', 50000, '2026-01-01', '2026-12-31', '2027-03-31', '-infinity', 'award') $$, 'each has its award: days as the notice says them, money whenever these let it');
SELECT is(pg_temp.import('funds', E'institution,fund,name,kind,chart_string\ntu,NSF-1,Cold Atoms II,sponsored,11301-PH200\ntu,DOE-1,Warm Atoms,federal,11302-PH100'), 1::bigint, 'name, kind and chart string may change');
SELECT results_eq($$ SELECT code, name, is_limited, overdraw FROM fund.fund WHERE code ~ '-1$' ORDER BY 1 $$, $$ VALUES ('DOE-1', 'Warm Atoms', true, 10.00), ('NSF-1', 'Cold Atoms II', true, 0) $$, 'columns that the file has not stay as they are');
SELECT is(pg_temp.import('funds', pg_temp.funds()), 1::bigint, 'and back');
SELECT results_eq($$ SELECT pg_temp.complaints('funds', E'institution,fund,name,kind,chart_string,start,end,last_posting,amount,overdraw\nxx,(a,,cash,,2026,2026-02-30,soon,-1,x\ntu,N,N,gift,11301,2026-02-01,2026-01-31,2026-01-01,1.234,1\ntu,N,N,gift,11301-PH100,,,,,1') $$, $$ VALUES
    ('2 amount: must not be negative'), ('2 chart_string: is required'), ('2 end: is not a date such as 2027-06-30'), ('2 fund: codes in parentheses are reserved'),
    ('2 institution: unknown institution'), ('2 kind: is not one of federal, sponsored, gift, operating, prepaid, subsidy, suspense, write-off'),
    ('2 last_posting: is not a date such as 2027-10-28'), ('2 name: is required'), ('2 overdraw: is not an amount such as 180000.00'), ('2 start: is not a date such as 2026-07-01'),
    ('3 amount: is not an amount such as 180000.00'), ('3 chart_string: has no org (segment 2)'), ('3 end: is before the start: both days are part of the period'),
    ('3 last_posting: is before the period of performance ends'), ('4 fund: is already in line 3'), ('4 overdraw: belongs to a fund with an amount') $$, 'funds: complaints, one of them of a chart string that the grammar refuses');
SELECT results_eq($$ SELECT pg_temp.complaints('funds', E'institution,fund,name,kind,chart_string,start,end,last_posting,amount\ntu,NSF-1,Cold Atoms,federal,11301-PH100,2026-02-01,,2027-04-30,60000\ntu,DEPT,D,operating,10000-PH100,,,,5\ntu,GIFT,G,gift,21301-PH100,,,,') $$, $$ SELECT v || ': what changes of it is said by hubmeter import amendments' FROM (VALUES
    ('2 amount: differs from the award that is recorded, which says 50000.00'), ('2 end: differs from the award that is recorded, which says 2026-12-31'),
    ('2 last_posting: differs from the award that is recorded, which says 2027-03-31'), ('2 start: differs from the award that is recorded, which says 2026-01-01'),
    ('3 amount: differs from the award that is recorded, which says nothing'), ('4 amount: differs from the award that is recorded, which says 500.00')) AS v (v) $$, 'an award is not imported anew');
SELECT results_eq($$ SELECT pg_temp.warnings('chart-segments', E'institution,position,segment,pattern\ntu,1,fund,113\\d\\d\ntu,2,org,PH\\d+') $$, $$ SELECT format('2 institution: fund %s has %s, which it refuses: %s', f, c, r) FROM (VALUES
    ('CENTRAL', '10001-PH100.6100', 'its fund (segment 1) is not what 113\d\d says'), ('DEPT', '10000-PH100.6100', 'its fund (segment 1) is not what 113\d\d says'),
    ('GIFT', '21301-PH100', 'its fund (segment 1) is not what 113\d\d says')) AS v (f, c, r) $$, 'a grammar that refuses what there is says so');
SELECT is_empty('SELECT * FROM report.invalid_chart_string', 'no fund has a chart string that is refused');
SELECT is(pg_temp.import('chart-segments', E'institution,position,segment,pattern\ntu,1,fund,1\\d{4}\ntu,2,org,PH\\d+\ntu,3,account,\\d+'), 4::bigint, 'but is taken over');
SELECT results_eq('SELECT fund, chart_string, reason FROM report.invalid_chart_string ORDER BY 1', $$ VALUES ('CENTRAL', '10001-PH100.6100', 'has no "-" before its account (segment 3)'), ('DEPT', '10000-PH100.6100', 'has no "-" before its account (segment 3)'),
    ('DOE-1', '11302-PH100', 'has no account (segment 3)'), ('GIFT', '21301-PH100', 'its fund (segment 1) is not what 1\d{4} says'),
    ('NSF-1', '11301-PH100', 'has no account (segment 3)'), ('PURDUE', '11303-PH100', 'has no account (segment 3)') $$, 'and then they are listed');
SELECT is(pg_temp.import('chart-segments', pg_temp.grammar()), 4::bigint, 'back');

-- amendments
CREATE FUNCTION pg_temp.amendments() RETURNS text LANGUAGE sql AS $$ SELECT $f$
institution,fund,kind,amount,start,end,last_posting,effective,reference
tu,NSF-1,increment,25000,,,,2026-07-01,A1
tu,NSF-1,extension,,,2027-06-30,,2026-12-01,A2
tu,NSF-1,de-obligation,-70000,,,,2026-12-01,A3
tu,GIFT,transfer,-200,,,,2026-03-01,T1
tu,PURDUE,transfer,200,,,,2026-03-01,T1
$f$ $$;
SELECT is(pg_temp.import('amendments', pg_temp.amendments()), 5::bigint, 'amendments');
SELECT is(pg_temp.import('amendments', pg_temp.amendments()), 0::bigint, 'the second time nothing changes');
SELECT results_eq($$ SELECT pg_temp.complaints('amendments', E'institution,fund,kind,amount,start,end,last_posting,effective,reference\nxx,,bonus,x,a,b,c,,\ntu,NIH,award,1,,,,2026-01-01,B1\ntu,NSF-1,increment,-1,,,,2026-01-01,B1\ntu,NSF-1,de-obligation,1,,,,2026-01-01,B1\ntu,NSF-1,transfer,,,,,2026-01-01,B2\ntu,NSF-1,extension,5,,,,2026-01-01,B3\ntu,DEPT,carry-over,5,2026-02-01,2026-01-31,2026-01-30,2026-01-01,B1') $$, $$ VALUES
    ('2 amount: is not an amount such as 180000.00'), ('2 effective: is not a date such as 2026-07-01'), ('2 end: is not a date such as 2027-06-30'), ('2 fund: is required'),
    ('2 institution: unknown institution'), ('2 kind: is not one of increment, extension, carry-over, de-obligation, transfer'), ('2 last_posting: is not a date such as 2027-10-28'),
    ('2 reference: is required'), ('2 start: is not a date such as 2026-07-01'), ('3 fund: unknown fund of tu'), ('3 kind: is what hubmeter import funds says'),
    ('4 amount: must be more than 0: it is added'), ('5 amount: must be negative: it is taken away'), ('5 reference: is already in line 4'),
    ('6 amount: is required: negative where the money comes from'), ('7 amount: must be empty: more money is an increment of its own'), ('7 end: is required: the new last day'),
    ('8 amount: fund DEPT has no amount that it could be added to'), ('8 end: is before the start: both days are part of the period'), ('8 last_posting: is before the period of performance ends') $$, 'amendments: complaints');
SELECT results_eq($$ SELECT pg_temp.complaints('amendments', E'institution,fund,kind,amount,end,effective,reference\ntu,NSF-1,increment,26000,,2026-07-01,A1\ntu,NSF-1,increment,1,,2026-07-01,award') $$, $$ SELECT v || ' reference: is recorded already and says something else: amendments never change, enter another one that makes it good' FROM unnest(ARRAY[2, 3]) v $$, 'a reference says one thing for ever');
SELECT results_eq($$ SELECT pg_temp.complaints('amendments', E'institution,fund,kind,amount,end,effective,reference\ntu,NSF-1,extension,,2027-07-31,2026-12-01,C1\ntu,DOE-1,extension,,2027-03-31,2026-11-01,C2\ntu,DOE-1,extension,,2027-06-30,2026-11-01,C3\ntu,DOE-1,increment,5,2027-03-31,2026-11-01,C4') $$, $$ VALUES
    ('2 end: contradicts amendment A2, which says 2027-06-30 from the same day on'), ('4 end: contradicts line 3, which says 2027-03-31 from the same day on'),
    ('5 end: contradicts line 4, which says 2027-06-30 from the same day on') $$, 'two amendments of a day do not contradict each other');
SELECT results_eq($$ SELECT pg_temp.complaints('amendments', E'institution,fund,kind,amount,start,end,effective,reference\ntu,NSF-1,increment,5,2027-07-01,,2026-12-02,D1\ntu,NSF-1,de-obligation,-5005.01,,,2026-12-05,D2\ntu,NSF-1,increment,5000,,,2026-12-06,D3\ntu,GIFT,de-obligation,-300.01,,,2026-02-01,D4\ntu,DOE-1,extension,,,2025-12-31,2026-12-31,D5') $$, $$ VALUES
    ('2 start: the period of performance would be from 2027-07-01 to 2027-06-30'), ('3 amount: takes away more than there is: from 2026-12-05 on it would be worth -0.01'),
    ('5 amount: takes away more than there is: from 2026-03-01 on it would be worth -0.01'), ('6 end: the period of performance would be from 2026-01-01 to 2025-12-31') $$, 'nor make a fund what it can''t be, together with what is recorded');
SELECT results_eq($$ SELECT pg_temp.complaints('amendments', E'institution,fund,kind,amount,effective,reference\ntu,GIFT,transfer,-10,2026-03-01,E1\ntu,PURDUE,transfer,9.99,2026-03-01,E1\ntu,GIFT,transfer,-10,2026-03-01,E2\ntu,GIFT,transfer,-10,2026-03-01,E3\ntu,PURDUE,transfer,10,2026-03-02,E3') $$, $$ VALUES
    ('2 amount: transfer E1 adds up to -0.01, not 0'), ('4 amount: transfer E2 has one row: money comes from one fund and goes to another'), ('5 amount: transfer E3 happens on several days') $$, 'what goes comes');
SELECT throws_ok(s, '23001', NULL, 'amendments are only ever added: ' || s) FROM unnest(ARRAY['UPDATE fund.amendment SET amount = 1', 'DELETE FROM fund.amendment', 'TRUNCATE fund.amendment']) s;

-- plans
CREATE FUNCTION pg_temp.plans() RETURNS text LANGUAGE sql AS $$ SELECT $f$
institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,only_classes,on_exhaust,basis,author,approver
tu,M3,2026-01-01,1,1,NSF-1,600000,1000,,,,work on both,ann,
tu,M3,2026-01-01,1,2,DOE-1,400000,,,gpu (none),deny,,ann,
tu,M3,2026-01-01,2,1,DEPT,1000000,,,,,,ann,
tu,OLD,2026-01-01,1,1,DEPT,1000000,,,,,all ours,ann,bob
$f$ $$;
SELECT is(pg_temp.import('plans', pg_temp.plans()), 4::bigint, 'plans');
SELECT is(pg_temp.import('plans', pg_temp.plans()), 0::bigint, 'the second time nothing changes');
CREATE FUNCTION pg_temp.versions() RETURNS TABLE (plan text, starts timestamptz, status text, basis text) LANGUAGE sql AS $$
    SELECT p.code, v.valid_from, fund.version_status(v), v.basis FROM fund.plan_version v JOIN fund.plan p USING (plan_id) ORDER BY plan_version_id $$;
SELECT results_eq('SELECT * FROM pg_temp.versions()', $$ VALUES ('M3', '2026-01-01 05:00Z'::timestamptz, 'waiting', 'work on both'), ('OLD', '2026-01-01 05:00Z', 'recorded', 'all ours') $$, 'one waits, of the other the file says who approved it');
SELECT results_eq('SELECT tier::int, sequence::int, cap, cap_window, only_classes, on_exhaust FROM fund.plan_leg ORDER BY plan_leg_id LIMIT 3', $$ VALUES (1, 1, 1000.00, 'life', NULL::text[], 'spill'), (1, 2, NULL, NULL, ARRAY['gpu', ''], 'deny'), (2, 1, NULL, NULL, NULL, 'spill') $$, 'legs, with what an empty cell means');
SELECT is(pg_temp.import('plans', replace(pg_temp.plans(), 'work on both', 'hours by project')), 3::bigint, 'a version that waits is replaced');
SELECT results_eq('SELECT void_reason FROM fund.plan_version WHERE voided_at IS NOT NULL', $$ VALUES ('replaced before it was approved') $$, 'and kept');
SELECT results_eq($$ SELECT pg_temp.complaints('plans', replace(pg_temp.plans(), 'all ours', 'mine')) $$, $$ VALUES
    ('5 valid_from: this version of the plan is approved and says something else: enter one with a later valid_from, or void it first (hubmeter void plans)') $$, 'one that is approved is not');
SELECT results_eq($$ SELECT pg_temp.complaints('plans', E'institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,only_classes,on_exhaust,basis,author,approver\nxx,(p,,0,x,,0,-1,,,stop,b,,\ntu,P,2026-01-01T00:01Z,1,1,NIH,1000001,x,week,,,b,ann,ann\ntu,P,2026-01-01,1,1,DEPT,1,,month,,,b,ann,') $$, $$ VALUES
    ('2 cap: must not be negative'), ('2 fund: is required'), ('2 institution: unknown institution'), ('2 leg: is not a whole number from 1 to 999'), ('2 on_exhaust: is not one of spill, redistribute, overdraw, deny'),
    ('2 plan: codes in parentheses are reserved'), ('2 tier: is not a whole number from 1 to 99'), ('2 valid_from: is required'), ('2 weight_ppm: is not a whole number of parts per million'),
    ('3 approver: is the author: it takes somebody else to approve it'), ('3 cap: is not an amount such as 180000.00'), ('3 cap_window: is not one of life, fiscal_year, month'), ('3 fund: unknown fund of tu'),
    ('3 valid_from: boundary 2026-01-01T00:01Z is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)'), ('3 weight_ppm: is not a whole number of parts per million'),
    ('4 cap_window: belongs to a cap') $$, 'plans: complaints');
SELECT results_eq($$ SELECT pg_temp.complaints('plans', E'institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,only_classes,on_exhaust,basis,author,approver\ntu,P,2026-01-01,1,1,NSF-1,500000,,,,b,ann,bob\ntu,P,2026-01-01,1,1,DOE-1,300000,,,,c,bob,eve\ntu,P,2026-01-01,1,2,DOE-1,100000,,,,,,\ntu,P,2026-01-01,3,1,DEPT,1000000,5,gpu,deny,,,\ntu,Q,2026-01-01,1,1,DEPT,1000000,,,,,,') $$, $$ VALUES
    ('2 weight_ppm: the weights of tier 1 add up to 900000 ppm, not 1000000'), ('3 approver: differs from another line: bob'), ('3 author: differs from another line: ann'), ('3 basis: differs from another line: b'),
    ('3 leg: of this tier is already in line 2'), ('4 fund: of this tier is already in line 3'), ('5 cap: the last tier pays whatever is left: it has no cap'),
    ('5 on_exhaust: the last tier pays whatever is left: leave it empty'), ('5 only_classes: the last tier pays whatever is left: for every class'), ('5 tier: is not the next tier: 2 is missing'),
    ('6 author: is required, in one line of the version'), ('6 basis: is required, in one line of the version: why it is split so (2 CFR 200.405(d))') $$, 'plans: what a version may not be, such as weights that do not add up');

SELECT results_eq('SELECT pg_temp.warnings(''plans'', pg_temp.plans())', $$ VALUES ('3 only_classes: no node has had this class yet: gpu') $$, 'a class that nobody knows may be a slip');

-- what can't be approved
CREATE FUNCTION pg_temp.plan(legs text, approver text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT E'institution,plan,valid_from,tier,leg,fund,weight_ppm,only_classes,on_exhaust,basis,author,approver'
           || (SELECT string_agg(E'\ntu,F,2026-01-01,' || l || ',b,ann,' || approver, '' ORDER BY n) FROM unnest(string_to_array(legs, ';')) WITH ORDINALITY AS l (l, n)) $$;
SELECT results_eq($$ SELECT pg_temp.warnings('plans', pg_temp.plan('1,1,NSF-1,1000000,,;2,1,DOE-1,1000000,,;3,1,DEPT,1000000,,')) $$, $$ VALUES
    ('3 fund: can''t be approved: what fund NSF-1 (federal, tier 1) refuses would land on fund DOE-1 (federal): 2 CFR 200.405(c) does not let one award make up for another; put an operating, gift, prepaid or subsidy fund there') $$, 'one award behind another is a warning while it waits');
SELECT results_eq($$ SELECT pg_temp.complaints('plans', pg_temp.plan('1,1,NSF-1,1000000,,;2,1,PURDUE,1000000,,;3,1,DEPT,1000000,,', 'bob')) $$, $$ VALUES
    ('3 fund: what fund NSF-1 (federal, tier 1) refuses would land on fund PURDUE (sponsored): 2 CFR 200.405(c) does not let one award make up for another; put an operating, gift, prepaid or subsidy fund there') $$, 'and an error where it is said to have been approved');
SELECT results_eq($$ SELECT pg_temp.complaints('plans', pg_temp.plan('1,1,NSF-1,1000000,,', 'bob')) $$, $$ VALUES
    ('2 fund: the last tier pays whatever is left, and fund NSF-1 is an award (federal), which pays only so much: put an operating, gift, prepaid or subsidy fund without an amount there') $$, 'a plan without a backstop');
SELECT results_eq($$ SELECT pg_temp.complaints('plans', pg_temp.plan('1,1,NSF-1,1000000,,;2,1,GIFT,1000000,,', 'bob')) $$, $$ VALUES
    ('3 fund: the last tier pays whatever is left, and fund GIFT is limited to its amount: put an operating, gift, prepaid or subsidy fund without an amount there') $$, 'nor is one that is limited');
SELECT results_eq($$ SELECT pg_temp.complaints('plans', pg_temp.plan('1,1,NSF-1,500000,,redistribute;1,2,DOE-1,500000,,overdraw;2,1,DEPT,1000000,,', 'bob')) $$, $$ VALUES
    ('2 fund: what fund NSF-1 (federal) has no money for would be redistributed to fund DOE-1 (federal) of the same tier: 2 CFR 200.405(c) does not let one award make up for another; say spill, with an operating, gift, prepaid or subsidy fund in the next tier'),
    ('3 fund: fund DOE-1 is an award (federal) and must not be overdrawn: what it is not worth is not its to pay (2 CFR 200.405(c)); say spill, with an operating, gift, prepaid or subsidy fund in the next tier') $$, 'nor within a tier, nor more than an award is worth');
SELECT is_empty(format('SELECT pg_temp.complaints(''plans'', pg_temp.plan(%L, ''bob''))', legs), what) FROM (VALUES
    ('1,1,NSF-1,600000,,;1,2,DOE-1,400000,,deny;2,1,DEPT,1000000,,', 'awards may share a tier (200.405(d))'),
    ('1,1,NSF-1,1000000,gpu,;2,1,DOE-1,1000000,cpu,;3,1,DEPT,1000000,,', 'or follow one another for other classes'),
    ('1,1,NSF-1,600000,,redistribute;1,2,GIFT,400000,,overdraw;2,1,NSF-1,1000000,,;3,1,CENTRAL,1000000,,', 'an award may follow itself, and shift to what is none')) AS v (legs, what);

-- four eyes
CREATE ROLE enterer LOGIN IN ROLE hm_rater;
CREATE ROLE checker LOGIN IN ROLE hm_controller;
CREATE ROLE ann LOGIN IN ROLE hm_controller;
SELECT pg_temp.import('plans', pg_temp.plan('1,1,NSF-1,1000000,,;2,1,DOE-1,1000000,,')) \g /dev/null
CREATE FUNCTION pg_temp.approves(login text, of_plan text, start text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT format('SELECT pg_temp.as_login(%L, %L)', login, format('SELECT fund.approve_plan(''tu'', %L, %L)', of_plan, start)) $$;
SELECT throws_ok(pg_temp.approves('enterer', 'M3'), '42501', NULL, 'who may enter plans may not approve them');
SELECT throws_ok(pg_temp.approves('ann', 'M3'), '42501', 'version 2026-01-01T05:00Z of plan M3 was written by ann: it takes somebody else''s login to approve it', 'nor may the author');
SELECT throws_ok('SELECT fund.approve_plan(''tu'', ''M3'')', '42501', format('version 2026-01-01T05:00Z of plan M3 was entered by %s: it takes somebody else''s login to approve it', session_user), 'nor who entered it, whatever else they may');
SELECT throws_ok($$ UPDATE fund.plan_version SET approved_at = now(), approved_by = 'checker' WHERE voided_at IS NULL $$, '42501', NULL, 'nor by hand');
SELECT throws_ok(pg_temp.approves('checker', 'F'), '23514', E'version 2026-01-01T05:00Z of plan F has faults:\ntier 2 leg 1: the last tier pays whatever is left, and fund DOE-1 is an award (federal), which pays only so much: put an operating, gift, prepaid or subsidy fund without an amount there;\n'
    'tier 2 leg 1: what fund NSF-1 (federal, tier 1) refuses would land on fund DOE-1 (federal): 2 CFR 200.405(c) does not let one award make up for another; put an operating, gift, prepaid or subsidy fund there', 'nor anybody what has faults');
SELECT throws_ok(pg_temp.approves('checker', p, s), e, m, 'nor what there is not: ' || m) FROM (VALUES
    ('X', NULL, 'P0002', 'there is no plan "X" of tu'), ('OLD', NULL, 'P0002', 'no version of it waits for approval'), ('M3', '2026-01-02', 'P0002', 'no version of it from 2026-01-02 on waits for approval'),
    ('M3', 'soon', '22023', '"soon" is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)')) AS v (p, s, e, m);
SELECT lives_ok(pg_temp.approves('checker', 'M3', '2026-01-01'), 'somebody else approves it');
SELECT results_eq($$ SELECT approved_by FROM fund.plan_version WHERE fund.version_status(plan_version) = 'approved' $$, ARRAY['checker'], 'and is named');
SELECT is(pg_temp.import('plans', replace(pg_temp.plans(), 'work on both', 'hours by project')), 0::bigint, 'the file that it came from changes nothing');
SELECT throws_ok(s, '23001', NULL, 'what was approved stays: ' || s) FROM unnest(ARRAY[$$ UPDATE fund.plan_version SET basis = 'x' WHERE voided_at IS NULL $$, $$ UPDATE fund.plan_version SET approved_by = 'ann' WHERE approved_by = 'checker' $$,
    'UPDATE fund.plan_leg SET weight_ppm = 1', 'DELETE FROM fund.plan_leg',
    $$ INSERT INTO fund.plan_leg (plan_version_id, tier, sequence, fund_id, weight_ppm, on_exhaust) SELECT plan_version_id, 9, 1, fund_id, 1, 'spill' FROM fund.plan_version, fund.fund WHERE approved_by = 'checker' $$]) s;
SELECT throws_ok(format('SELECT pg_temp.as_role(''hm_rater'', %L)', s), '42501', NULL, 'the rater may not: ' || s) FROM unnest(ARRAY[
    $$ UPDATE fund.plan_version SET approved_at = now(), approved_by = 'x' $$, $$ INSERT INTO fund.plan_version (plan_id, valid_from, basis, author, entered_by) SELECT plan_id, '2030-01-01 00:00Z', 'b', 'a', 'x' FROM fund.plan $$]) s;
SELECT throws_ok($$ INSERT INTO fund.plan_version (plan_id, valid_from, basis, author, approved_at, approved_by) SELECT plan_id, '2030-01-01 00:00Z', 'b', 'a', now(), 'x' FROM fund.plan $$, '23001', NULL, 'nothing is approved as it is entered');
SELECT is_empty($$ SELECT * FROM pg_temp.warnings('plans', replace(pg_temp.plan('1,1,DEPT,1000000,,', 'bob'), '2026-01-01', '2026-02-01')) $$, 'a file tells of the time before the database was made');
SELECT matches(w, '^2 approver: a file tells who approved plans for usage before .* only: hubmeter plan approve$', 'and not of later') FROM pg_temp.warnings('plans', replace(pg_temp.plan('1,1,DEPT,1000000,,', 'bob'), '2026-01-01', '2099-01-01')) w;

-- assignments
CREATE FUNCTION pg_temp.assignments() RETURNS text LANGUAGE sql AS $$ SELECT $f$
institution,plan,scope,code,valid_from,valid_to
tu,M3,unit,phys,2026-01-01,
tu,M3,group,lab,2026-01-01,2026-07-01
tu,OLD,group,ou/lab,,
tu,OLD,person,p1,,
tu,OLD,tag,phys,,
$f$ $$;
SELECT is(pg_temp.import('assignments', pg_temp.assignments()), 5::bigint, 'assignments');
SELECT is(pg_temp.import('assignments', pg_temp.assignments()), 0::bigint, 'the second time nothing changes');
SELECT is(pg_temp.import('assignments', replace(pg_temp.assignments(), 'M3,unit', 'OLD,unit')), 1::bigint, 'another plan');
SELECT results_eq($$ SELECT scope, num_nonnulls(unit_id, group_id, person_id, tag), g.code, g.institution_id = a.institution_id FROM fund.assignment a LEFT JOIN org.user_group g USING (group_id) ORDER BY array_position(ARRAY['unit', 'group', 'person', 'tag'], scope), 4 DESC $$,
    $$ VALUES ('unit', 1, NULL, NULL::boolean), ('group', 1, 'lab', true), ('group', 1, 'lab', false), ('person', 1, NULL, NULL), ('tag', 1, NULL, NULL) $$, 'each names what it says');
SELECT results_eq($$ SELECT pg_temp.complaints('assignments', E'institution,plan,scope,code,valid_from,valid_to\nxx,,hub,,x,2026-01-01\ntu,X,unit,it,,\ntu,M3,group,ou/x,,\ntu,M3,person,p2,2026-01-01,2026-01-01') $$, $$ VALUES
    ('2 code: is required'), ('2 institution: unknown institution'), ('2 plan: is required'), ('2 scope: is not one of unit, group, person, tag'), ('2 valid_from: is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'),
    ('3 code: unknown department of tu'), ('3 plan: unknown plan of tu'), ('4 code: unknown group of tu'), ('5 code: unknown person'), ('5 valid_to: is not after valid_from') $$, 'assignments: complaints');
SELECT results_eq($$ SELECT pg_temp.complaints('assignments', E'institution,plan,scope,code,valid_from\ntu,M3,tag,phys,2026-01-01\ntu,M3,tag,bio,\ntu,M3,tag,bio,2026-01-01') $$, $$ VALUES
    ('2 code: whoever a plan pays for has one plan at a time: overlaps one that is stored, (,) (source csv; import that one with its valid_to first, or void it)'),
    ('4 code: whoever a plan pays for has one plan at a time: overlaps line 3') $$, 'assignments: overlaps');

-- caps
CREATE FUNCTION pg_temp.caps() RETURNS text LANGUAGE sql AS $$ SELECT $f$
institution,scope,code,amount,window,overdraw,valid_from,valid_to
tu,fund,NSF-1,1000,month,,,
tu,plan,M3,1000,life,,,
tu,unit,phys,1000,fiscal_year,50,2026-07-01,2027-07-01
tu,person,p1,200,month,,,
tu,person,p1,1000,life,,,
$f$ $$;
SELECT is(pg_temp.import('caps', pg_temp.caps()), 5::bigint, 'caps');
SELECT is(pg_temp.import('caps', pg_temp.caps()), 0::bigint, 'the second time nothing changes');
SELECT is(pg_temp.import('caps', replace(pg_temp.caps(), ',200,', ',300,')), 1::bigint, 'another amount');
SELECT results_eq($$ SELECT pg_temp.complaints('caps', E'institution,scope,code,amount,window,overdraw,valid_from,valid_to\nxx,tag,,,day,-1,x,\ntu,fund,X,5.001,month,,,\ntu,plan,X,5,month,,,\ntu,unit,it,5,month,,,') $$, $$ VALUES
    ('2 amount: is required'), ('2 code: is required'), ('2 institution: unknown institution'), ('2 overdraw: must not be negative'), ('2 scope: is not one of fund, plan, unit, person'),
    ('2 valid_from: is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'), ('2 window: is not one of life, fiscal_year, month'), ('3 amount: is not an amount such as 180000.00'),
    ('3 code: unknown fund of tu'), ('4 code: unknown plan of tu'), ('5 code: unknown department of tu') $$, 'caps: complaints');
SELECT results_eq($$ SELECT pg_temp.complaints('caps', E'institution,scope,code,amount,window,valid_from\ntu,person,p1,1,month,2026-01-01') $$, $$ VALUES
    ('2 code: a cap of a scope and window holds once at a time: overlaps one that is stored, (,) (source csv; import that one with its valid_to first, or void it)') $$, 'caps: overlaps');

-- void
CREATE FUNCTION pg_temp.void(kind text, file text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    complaint record;
BEGIN
    PERFORM pg_temp.stage(kind, file);
    SELECT * INTO complaint FROM import.check_void(kind) ORDER BY line LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', complaint;
    END IF;
    RETURN import.void_file('wrong');
END
$$;
SELECT is(pg_temp.void('plans', replace(pg_temp.plans(), 'all ours', 'mine')), 2::bigint, 'versions of plans are voided, by plan and valid_from');
SELECT results_eq($$ SELECT count(*) FROM fund.plan_version WHERE voided_at IS NULL $$, $$ VALUES (1::bigint) $$, 'the others stay');
SELECT throws_like($$ SELECT pg_temp.void('plans', pg_temp.plans()) $$, '%no such row is stored, from that time on%', 'once');
SELECT is(pg_temp.import('plans', pg_temp.plans()), 4::bigint, 'and may be entered anew');
SELECT is(pg_temp.void('assignments', pg_temp.assignments()) + pg_temp.void('caps', pg_temp.caps()), 10::bigint, 'assignments and caps likewise');
SELECT throws_like($$ SELECT pg_temp.void('funds', pg_temp.funds()) $$, '%nothing in this row can be voided%', 'funds are not');

SELECT * FROM finish();
ROLLBACK;

-- What is charged beside usage: active users and memberships; and servers that were forgotten.
BEGIN;
\ir ../fixture.sql
SELECT plan(25);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,America/New_York,USD,,,Testville University,
tu,,,it,,Information Technology,
tu,,,,,,hub1
tu,,,,,,hub2
$$) \g /dev/null
CREATE FUNCTION pg_temp.fees() RETURNS text LANGUAGE sql AS $$ SELECT '
institution,fee,kind,name,unit,annual_fee,included_users,hubs,tiers,first_month,last_month
tu,mau,active users,Monthly active users,it,,,hub1 hub2,0:10 10:5 100:2.5 1000:1.25 10000:0,2026-05,2026-05
tu,member,membership,Advanced,,1000.01,,,,2026-01,2026-12
' $$;
SELECT is(pg_temp.import('fees', pg_temp.fees()), 9::bigint, 'two fees, two hubs, five tiers');
SELECT is(pg_temp.import('fees', pg_temp.fees()), 0::bigint, 'the second time nothing changes');
SELECT results_eq($$ SELECT n, price.graduated((SELECT fee_id FROM price.fee WHERE code = 'mau'), n) FROM unnest(ARRAY[0, 1, 11, 101, 280, 1001, 10001]::bigint[]) n $$,
    $$ VALUES (0::bigint, 0.0), (1, 10), (11, 105), (101, 552.50), (280, 1000), (1001, 2801.25), (10001, 14050) $$, 'M11: the tiers');
SELECT pg_temp.import('service-accounts', E'hub,username\nhub2,check') \g /dev/null
SELECT pg_temp.use(pg_temp.workload(h, u, h || u), '', '2026-05-10 00:00Z', '2026-05-10 01:00Z', cores => 1)
FROM (VALUES ('hub1', 'a'), ('hub1', 'b'), ('hub1', 'c'), ('hub2', 'b'), ('hub2', 'c'), ('hub2', 'd'), ('hub2', 'check'), ('hub2', '')) v (h, u) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('hub1', 'late', 'late'), '', '2026-06-01 00:00Z', '2026-06-01 01:00Z', cores => 1) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
CREATE FUNCTION pg_temp.rate_fees() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    tally text;
BEGIN
    PERFORM charge.begin_run('usage', '');
    SELECT f::text INTO tally FROM charge.rate_fees() AS f;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN tally;
END
$$;
SELECT ok(pg_temp.rate_fees() ~ '^\(\d+,0,0,0\)$', 'months are charged');
SELECT results_eq($$ SELECT users, amount, department, kind FROM report.fee_cost WHERE fee = 'mau' $$, $$ VALUES (4::bigint, 40.0, 'it', 'active users') $$,
    'M11: a, b, c, d: once over both hubs, without the service account and whoever came in June');
SELECT results_eq($$ SELECT month, amount, department FROM report.fee_cost WHERE fee = 'member' ORDER BY month LIMIT 3 $$,
    $$ VALUES ('2026-01-01'::date, 83.334166667, '(suspense)'), ('2026-02-01', 83.334166666, '(suspense)'), ('2026-03-01', 83.334166667, '(suspense)') $$, 'a twelfth each month; nobody pays yet');
SELECT ok(pg_temp.rate_fees() ~ '^\(0,0,0,\d+\)$', 'again: nothing is touched');
SELECT pg_temp.use(pg_temp.workload('hub1', 'e', 'e'), '', '2026-05-31 23:00Z', '2026-06-01 00:00Z', cores => 1) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
UPDATE charge.run_day SET rated_at = now() + interval '1 second'; -- this transaction is one instant
SELECT ok(pg_temp.rate_fees() ~ '^\(0,1,0,\d+\)$', 'somebody late');
SELECT results_eq($$ SELECT users, amount FROM report.fee_cost WHERE fee = 'mau' $$, $$ VALUES (5::bigint, 50.0) $$, 'is one more');
SELECT is(pg_temp.import('fees', replace(replace(pg_temp.fees(), 'users,it,,,', 'users,it,,2,'), 'Advanced,,', 'Advanced,it,')), 2::bigint, 'two are included, and somebody pays the membership');
SELECT ok(pg_temp.rate_fees() ~ '^\(0,\d+,0,0\)$', 'all of it changes');
SELECT results_eq($$ SELECT users, amount FROM report.fee_cost WHERE fee = 'mau' $$, $$ VALUES (5::bigint, 30.0) $$, 'three are paid for');
SELECT is_empty($$ SELECT FROM report.fee_cost WHERE department <> 'it' $$, 'by the department');
SELECT is(sum(round(1000.01 * n / 12, 9) - round(1000.01 * (n - 1) / 12, 9)), 1000.010000000, 'twelve months are the year') FROM generate_series(1, 12) n;
SELECT is(pg_temp.import('service-accounts', E'hub,username\nhub2,d'), 2::bigint, 'another service account instead');
SELECT pg_temp.rate_fees() \g /dev/null
SELECT results_eq($$ SELECT users, amount FROM report.fee_cost WHERE fee = 'mau' $$, $$ VALUES (5::bigint, 30.0) $$, 'check counts, d does not');
SELECT results_eq($$ SELECT pg_temp.complaints('fees', E'institution,fee,kind,name,unit,annual_fee,included_users,hubs,tiers,first_month,last_month\nxx,(f),rent,,no,1,x,a b!,0:1 0:2,2026-13,2026\ntu,m,membership,M,xx,,1,h,0:1,2026-02,2026-01\ntu,u,active users,U,,1,0,,ten,2026-01,\ntu,v,active users,V,,,,h,0:1 0:2,2026-01,') $$, $$ VALUES
    ('2 annual_fee: belongs to a membership'), ('2 fee: codes in parentheses are reserved'), ('2 first_month: is not a month such as 2026-07'), ('2 hubs: is not a hub''s name: up to 200 letters, digits, - and _, the first a letter or digit'),
    ('2 included_users: is not a whole number of users'), ('2 institution: unknown institution'), ('2 kind: is not one of active users, membership'), ('2 last_month: is not a month such as 2027-06'), ('2 name: is required'), ('2 tiers: names a tier twice'),
    ('3 annual_fee: is required'), ('3 hubs: belongs to a fee for active users'), ('3 included_users: belongs to a fee for active users'), ('3 last_month: is before first_month'), ('3 tiers: belongs to a fee for active users'), ('3 unit: unknown department of tu'),
    ('4 annual_fee: belongs to a membership'), ('4 hubs: is required: where users count'), ('4 included_users: is not a whole number of users'), ('4 tiers: is not a list such as 0:10 10:5 100:2.5'),
    ('5 tiers: names a tier twice') $$, 'fees: every complaint');
SELECT results_eq($$ SELECT pg_temp.complaints('service-accounts', E'hub,username\na b,\n,x') $$, $$ VALUES
    ('2 hub: is not a hub''s name: up to 200 letters, digits, - and _, the first a letter or digit'), ('2 username: is required'), ('3 hub: is required') $$, 'service accounts: every complaint');
SELECT is_empty($$ SELECT FROM report.department_cost WHERE resource NOT IN (SELECT code FROM price.resource) $$, 'reports by the price book see none of it');
SELECT is((SELECT sum(amount) FROM charge.share WHERE basis = 'fee'), (SELECT sum(amount) FROM charge.line WHERE basis = 'fee'), 'shares are the lines');

-- T2: pods that the hub has forgotten
SELECT pg_temp.use(pg_temp.workload('hub1', 'a', 'pod-' || n), '', '2026-07-01 00:00Z', '2026-07-07 12:00Z', mib => 2048) FROM generate_series(1, 34) n \g /dev/null
UPDATE usage.slot SET flags = 128 WHERE slot_start >= '2026-07-01Z' AND slot_start < '2026-07-08Z';
SELECT results_eq('SELECT count(*), sum(memory_mib_seconds) / 3686400, min(first_slot), max(last_slot) FROM report.orphaned_usage',
    $$ VALUES (34::bigint, 10608.0, '2026-07-01 00:00Z'::timestamptz, '2026-07-07 11:45Z'::timestamptz) $$, 'T2: 10,608 GiB-hours, by name');
SELECT pg_temp.rate() \g /dev/null
SELECT is(sum(billable) / 3600 / 1024, 10608.0, 'T2: charged to whose they are') FROM report.charge_detail WHERE resource = 'memory' AND day >= '2026-07-01' AND username = 'a';
SELECT lives_ok($$ SELECT pg_temp.as_role('hm_finance', 'SELECT * FROM report.orphaned_usage') $$, 'finance may look');

-- once the month is closed
SELECT pg_temp.rate_fees() \g /dev/null
INSERT INTO ledger.period (institution_id, month, state, review_until) SELECT institution_id, '2026-05-01', 'soft', '2026-06-14' FROM org.institution WHERE code = 'tu';
SELECT pg_temp.use(pg_temp.workload('hub1', 'f', 'f'), '', '2026-05-30 23:00Z', '2026-05-31 00:00Z', cores => 1) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
UPDATE charge.run_day SET rated_at = now() + interval '1 second';
SELECT ok(pg_temp.rate_fees() ~ '^\(1,0,0,\d+\)$', 'somebody who comes late');
SELECT results_eq($$ SELECT l.period, l.used, l.amount FROM charge.line l JOIN charge.workload_group g USING (workload_group_id) WHERE g.tag = '(fee mau)' AND l.month = '2026-05-01' ORDER BY 1 $$,
    $$ VALUES ('2026-05-01'::date, 5::bigint, 30.000000000), ('2026-06-01', 1, 10.000000000) $$, 'is charged in the month that is open');

SELECT * FROM finish();
ROLLBACK;

-- Where a month's bills went, how long usage waits for a department, and whom a fee counted.
BEGIN;
\ir ../fixture.sql
SELECT plan(14);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,America/New_York,USD,,,Testville University,
tu,,,bio,,Biology,
tu,,,,,,h
tu,,,,,,g
ou,UTC,EUR,,,Other University,
ou,,,law,,Law,
ou,,,,,,k
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\na,A,h,a\nb,B,h,b\nb,B,g,bea\np,P,k,p') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\na,tu,bio,2026-01-01,,yes\nb,tu,bio,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,market_rate,valid_from,valid_to\nou,cpu,,1,,2000-01-01,') \g /dev/null
SELECT pg_temp.import('bill-rules', E'institution,account,service,category,resource,tag,tag_value,hub,component,class,provisioned_gib\ntu,,Machines,,,,,h,compute,,\ntu,,Kubernetes,,,,,,core,,') \g /dev/null

-- bills: a machine of 8 GiB for ten hours, of which a has 4, somebody unknown 2, and 2 are left
SELECT pg_temp.use(pg_temp.workload('h', u, u), '', '2026-09-01 08:00Z', '2026-09-01 18:00Z', mib => m) FROM (VALUES ('a', 4096), ('x', 2048)) v (u, m) \g /dev/null
SELECT usage.ensure_month('2026-09-01Z') \g /dev/null
INSERT INTO usage.node_slot
SELECT s, n.node_id, c.class_id, 900000, 0, 0, 0, 900 * 8192, 0, 0, 0, 0, 0
FROM generate_series('2026-09-01 08:00Z'::timestamptz, '2026-09-01 17:45Z', '15 min') s, usage.node n JOIN usage.hub h USING (hub_id), usage.resource_class c
WHERE h.name = 'h' AND c.name = '';
CREATE FUNCTION pg_temp.bill(account text, rows text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hubmeter.institution', 'tu', true), set_config('hubmeter.file', 'focus.csv', true);
    RETURN pg_temp.import('bill', E'BilledCost,ServiceName,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory\n'
        || (SELECT string_agg(format('%s,%s,USD,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,2026-09-01T08:00:00Z,2026-09-01T18:00:00Z,Usage', r, account), E'\n') FROM regexp_split_to_table(rows, ' ') r));
END
$$;
CREATE FUNCTION pg_temp.distribute() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM charge.begin_run('bill', ''), charge.distribute(statement_id) FROM bill.statement WHERE is_dirty;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
END
$$;
SELECT pg_temp.rate() \g /dev/null
SELECT pg_temp.bill('1', '8.00,Machines 1.00,Kubernetes 0.50,Mystery') \g /dev/null
CREATE VIEW pg_temp.reconciled AS SELECT bill, attributed, idle, shared, unattributed, difference, state FROM report.cost_reconciliation WHERE (institution, month, currency) = ('tu', '2026-09-01', 'USD');
SELECT results_eq('SELECT * FROM pg_temp.reconciled', $$ VALUES (9.5, 0::numeric, 0::numeric, 0::numeric, 0::numeric, 9.5, 'not distributed') $$, 'a bill that nobody pays yet');
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.reconciled', $$ VALUES (9.5, 4.0, 2.0, 1.0, 2.5, 0.0, 'distributed') $$, 'used, left, shared, and what nobody is known for');
SELECT pg_temp.bill('2', '-0.25,Kubernetes') \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.reconciled', $$ VALUES (9.25, 4.0, 2.0, 1.0, 2.5, -0.25, 'not distributed') $$, 'another one that is not distributed yet');
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.reconciled', $$ VALUES (9.25, 4.0, 2.0, 0.75, 2.5, 0.0, 'distributed') $$, 'two bills of a month are one row');
SELECT pg_temp.import('people', E'person,name,hub,username\nx,X,h,x') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\nx,tu,bio,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.rate(), pg_temp.distribute() \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.reconciled', $$ VALUES (9.25, 6.0, 2.0, 0.75, 0.5, 0.0, 'distributed') $$, 'somebody is known now');
SELECT is_empty('SELECT FROM report.cost_reconciliation WHERE difference <> 0 OR bill <> attributed + idle + shared + unattributed', 'bills are what became of them');
SELECT is((SELECT bill FROM pg_temp.reconciled), (SELECT sum(total) FROM report.bill_reconciliation), 'and all of them');

-- suspense: an hour on a core costs one
CREATE FUNCTION pg_temp.ago(n integer) RETURNS date LANGUAGE sql AS $$ SELECT (now() AT TIME ZONE 'UTC')::date - n $$;
SELECT pg_temp.use(pg_temp.workload('k', u, concat(u, n)), '', pg_temp.ago(n) + time '12:00' AT TIME ZONE 'UTC', pg_temp.ago(n) + time '13:00' AT TIME ZONE 'UTC', cores => c)
FROM (VALUES ('x', 30, 1), ('x', 31, 2), ('y', 60, 4), ('x', 61, 8), ('', 90, 16), ('p', 91, 32), ('p', 200, 64)) v (u, n, c) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT results_eq($$ SELECT reason, age, people, amount, oldest_day, currency FROM report.suspense_age WHERE institution = 'ou' ORDER BY reason, age $$, $$ VALUES
    ('no alias', '0-30 days', 1::bigint, 1.0, pg_temp.ago(30), 'EUR'), ('no alias', '31-60 days', 2, 6, pg_temp.ago(60), 'EUR'), ('no alias', '61-90 days', 1, 8, pg_temp.ago(61), 'EUR'),
    ('no membership', 'over 90 days', 1, 96, pg_temp.ago(200), 'EUR'), ('no user yet', '61-90 days', 0, 16, pg_temp.ago(90), 'EUR') $$, 'how long it waits, and how many people');
SELECT results_eq('SELECT institution, reason, currency, sum(amount) FROM report.suspense_age GROUP BY 1, 2, 3 ORDER BY 1, 2, 3', 'SELECT institution, reason, currency, sum(amount) FROM report.suspense GROUP BY 1, 2, 3 ORDER BY 1, 2, 3',
    'all that is in suspense');

-- fees for active users
SELECT pg_temp.import('fees', E'institution,fee,kind,name,unit,annual_fee,included_users,hubs,tiers,first_month,last_month\ntu,mau,active users,Users,bio,,,g h,0:10,2026-05,2026-06\ntu,h,active users,Users of h,bio,,,h,0:1,2026-05,2026-05\ntu,member,membership,Member,bio,12,,,,2026-05,2026-06') \g /dev/null
SELECT pg_temp.import('service-accounts', E'hub,username\nh,check') \g /dev/null
SELECT pg_temp.use(pg_temp.workload(h, u, u || d), '', (d || ' 01:00Z')::timestamptz, (d || ' 02:00Z')::timestamptz, cores => 1)
FROM (VALUES ('h', 'a', '2026-05-31'), ('g', 'a', '2026-05-30'), ('h', 'b', '2026-05-02'), ('h', 'b', '2026-05-01'), ('g', 'bea', '2026-05-09'), ('h', 'check', '2026-05-09'), ('g', 'check', '2026-05-10'), ('h', '', '2026-05-09'), ('h', 'a', '2026-06-01')) v (h, u, d) \g /dev/null
SELECT pg_temp.rate(), charge.begin_run('usage', ''), charge.rate_fees() \g /dev/null
SELECT results_eq('SELECT institution, month::text, fee, hub, username, person, first_day::text FROM report.active_user ORDER BY month, fee, username', $$ VALUES
    ('tu', '2026-05-01', 'h', 'h', 'a', 'a', '2026-05-31'), ('tu', '2026-05-01', 'h', 'h', 'b', 'b', '2026-05-01'),
    ('tu', '2026-05-01', 'mau', 'g', 'a', NULL, '2026-05-30'), ('tu', '2026-05-01', 'mau', 'h', 'b', 'b', '2026-05-01'), ('tu', '2026-05-01', 'mau', 'g', 'bea', 'b', '2026-05-09'), ('tu', '2026-05-01', 'mau', 'g', 'check', NULL, '2026-05-10'),
    ('tu', '2026-06-01', 'mau', 'h', 'a', 'a', '2026-06-01') $$, 'each user name once, where it was first');
SELECT results_eq('SELECT institution, month, fee, count(*) FROM report.active_user GROUP BY 1, 2, 3 ORDER BY 1, 2, 3', $$ SELECT institution, month, fee, users FROM report.fee_cost WHERE kind = 'active users' AND users > 0 ORDER BY 1, 2, 3 $$,
    'as many as are charged');
SELECT is_empty($$ SELECT FROM report.active_user WHERE fee = 'member' $$, 'a membership counts nobody');
SELECT pg_temp.import('fees', E'institution,fee,kind,name,unit,annual_fee,included_users,hubs,tiers,first_month,last_month\ntu,mau,active users,Users,bio,,,g h,0:10,2026-05,2026-05') \g /dev/null
SELECT charge.begin_run('usage', ''), charge.rate_fees() \g /dev/null
SELECT is_empty($$ SELECT FROM report.active_user WHERE month > '2026-05-01' $$, 'nor does a month that the fee has no more');

SELECT pg_temp.as_role('hm_finance', format('SELECT * FROM report.%I', v)) FROM unnest(ARRAY['cost_reconciliation', 'suspense_age', 'active_user']) v \g /dev/null
SELECT pass('finance may see all of it');

SELECT * FROM finish();
ROLLBACK;

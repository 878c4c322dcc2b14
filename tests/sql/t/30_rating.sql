-- The worked examples: a price that changes (M4), month edges (T1), names that begin alike (W3), and
-- what happens to usage nobody pays for yet.
BEGIN;
\ir ../fixture.sql
SELECT plan(35);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,America/Los_Angeles,USD,,,Testville University,
utc,UTC,USD,,,Greenwich College,
tu,,,bio,sci,Biology,
tu,,,phys,sci,Physics,
tu,,,sci,,Sciences,
utc,,,math,,Mathematics,
tu,,,,,,hub-a
utc,,,,,,hub-b
$$);
SELECT pg_temp.import('people', $$
person,name,hub,username
p1,Ann,hub-a,ann
p2,Anna,hub-a,anna
p3,Bob,hub-a,bob
p4,Cleo,hub-b,cleo
p4,Cleo,hub-a,cleo
$$);
SELECT pg_temp.import('memberships', $$
person,institution,unit,valid_from,valid_to,home
p1,tu,bio,2026-01-01,,yes
p2,tu,phys,2026-01-01,,yes
p2,tu,bio,2026-01-01,,no
p4,utc,math,2026-01-01,,yes
$$);
SELECT pg_temp.import('prices', $$
institution,resource,class,rate,market_rate,valid_from,valid_to
tu,cpu,,0.013,0.04,2026-01-01,
tu,gpu,h100,6.04,,2026-01-01,2026-06-15T16:30Z
tu,gpu,h100,4.00,,2026-06-15T16:30Z,
tu,gpu,,1.803,,2026-01-01,
tu,memory,,0.002,,2026-01-01,
utc,memory,,0.002,,2026-01-01,
$$);

-- M4
SELECT pg_temp.use(pg_temp.workload('hub-a', 'ann', 'm4'), 'h100', '2026-06-15 15:00Z', '2026-06-15 18:00Z', gpus => 1);
SELECT is(pg_temp.rate(), 2::bigint, 'M4: a price that changes inside the day makes two lines');
SELECT results_eq($$ SELECT billable, rate, amount FROM charge.line ORDER BY first_slot $$,
    $$ VALUES (5400000::bigint, 6.04, 9.06), (5400000, 4.00, 6.00) $$, 'M4: 1.5 h at each price');
SELECT results_eq($$ SELECT institution, department, used, billable, unit, amount, currency FROM report.department_cost $$,
    $$ VALUES ('tu', 'bio', 10800.000, 10800.000, 'GPU-seconds', 15.06, 'USD') $$, 'M4: 15.06');
SELECT is(pg_temp.rate(), 0::bigint, 'nothing is dirty after rating');
SELECT is(pg_temp.rate_day(hub_id, '2026-06-15'), 2::bigint, 'rating again writes as many') FROM usage.hub WHERE name = 'hub-a';
SELECT results_eq($$ SELECT amount, currency FROM report.department_cost $$, $$ VALUES (15.06, 'USD') $$, 'and the same');
SELECT results_eq($$ SELECT first_slot, last_slot FROM charge.line ORDER BY 1 $$,
    $$ VALUES ('2026-06-15 15:00Z'::timestamptz, '2026-06-15 16:15Z'::timestamptz), ('2026-06-15 16:30Z', '2026-06-15 17:45Z') $$,
    'a line says when');

-- a class without a price of its own
SELECT pg_temp.use(pg_temp.workload('hub-a', 'ann', 'a100'), 'a100', '2026-06-16 15:00Z', '2026-06-16 16:00Z', gpus => 1);
SELECT pg_temp.rate() \gset rated_
SELECT results_eq($$ SELECT amount FROM charge.line WHERE day = '2026-06-16' $$, $$ VALUES (1.803) $$,
    'a class without a price of its own has the price for any class');

-- W3
SELECT pg_temp.use(pg_temp.workload('hub-a', 'anna', 'jupyter-anna'), '', '2026-05-01 12:00Z', '2026-05-01 13:00Z', cores => 2);
SELECT pg_temp.use(pg_temp.workload('hub-a', 'ann', 'jupyter-ann'), '', '2026-05-01 12:00Z', '2026-05-01 13:00Z', cores => 1);
SELECT pg_temp.rate() \gset rated_
SELECT results_eq($$ SELECT person, username, department, used, amount FROM report.user_cost WHERE month = '2026-05-01' ORDER BY 1 $$,
    $$ VALUES ('p1', 'ann', 'bio', 3600.000000, 0.013), ('p2', 'anna', 'phys', 7200.000000, 0.026) $$,
    'W3: ann''s usage contains nothing of anna''s; a second unit that is not home pays nothing');

-- T1
SELECT pg_temp.use(pg_temp.workload('hub-a', 'ann', 't1'), '', '2026-10-31 22:30Z', '2026-11-01 03:15Z', mib => 8192);
SELECT pg_temp.use(pg_temp.workload('hub-b', 'cleo', 't1'), '', '2026-10-31 22:30Z', '2026-11-01 03:15Z', mib => 8192);
SELECT pg_temp.rate() \gset rated_
SELECT results_eq($$ SELECT department, month, billable / 3686400 FROM report.department_cost
                     WHERE resource = 'memory' ORDER BY 1, 2 $$,
    $$ VALUES ('bio', '2026-10-01'::date, 38.0), ('math', '2026-10-01', 12.0), ('math', '2026-11-01', 26.0) $$,
    'T1: 38 GiB-h in October in Los Angeles, 12 and 26 in UTC');
SELECT pg_temp.use(pg_temp.workload('hub-a', 'anna', 'always-on'), '', '2026-10-01 00:00Z', '2026-12-03 00:00Z', mib => 1024);
SELECT pg_temp.rate() \gset rated_
SELECT results_eq($$ SELECT month, billable / 3686400 FROM report.user_cost
                     WHERE username = 'anna' AND resource = 'memory' AND month = '2026-11-01' $$,
    $$ VALUES ('2026-11-01'::date, 30 * 24 + 1.0) $$, 'T1: November has 25 hours on its first day there');
SELECT results_eq($$ SELECT sum(mib_sec) / 3686400
                     FROM (SELECT sum(memory_billable_mib_sec) AS mib_sec FROM usage.slot
                           WHERE (slot_start AT TIME ZONE 'America/Los_Angeles')::date = '2026-11-01'
                             AND workload_id = (SELECT workload_id FROM usage.workload WHERE external_id = 'always-on')) s $$,
    $$ VALUES (25.0) $$, 'T1: 25 GiB-h');

-- the department's calendar decides, and the hub owner's prices: cleo of Greenwich on hub-a
SELECT pg_temp.use(pg_temp.workload('hub-a', 'cleo', 'guest'), '', '2026-11-30 23:00Z', '2026-12-01 01:00Z', cores => 1);
SELECT pg_temp.rate() \gset rated_
SELECT results_eq($$ SELECT institution, month, department, amount FROM report.user_cost
                     WHERE username = 'cleo' AND hub = 'hub-a' ORDER BY 2 $$,
    $$ VALUES ('utc', '2026-11-01'::date, 'math', 0.013), ('utc', '2026-12-01', 'math', 0.013) $$,
    'a guest: months of the own institution, prices of the hub''s');

-- suspense
SELECT pg_temp.use(pg_temp.workload('hub-a', '', 's1'), '', '2026-03-02 12:00Z', '2026-03-02 13:00Z', cores => 1);
SELECT pg_temp.use(pg_temp.workload('hub-a', 'bob', 's2'), '', '2026-03-02 12:00Z', '2026-03-02 13:00Z', cores => 1);
SELECT pg_temp.use(pg_temp.workload('hub-a', 'eve', 's3'), '', '2026-03-02 12:00Z', '2026-03-02 13:00Z', cores => 1);
SELECT pg_temp.use(pg_temp.workload('hub-z', 'eve', 's4'), '', '2026-03-02 12:00Z', '2026-03-02 13:00Z', cores => 1);
SELECT pg_temp.rate() \gset rated_
SELECT results_eq($$ SELECT institution, hub, username, person, reason, amount FROM report.suspense ORDER BY hub, username $$,
    $$ VALUES ('tu', 'hub-a', '', NULL, 'no user yet', 0.013), ('tu', 'hub-a', 'bob', 'p3', 'no membership', 0.013),
              ('tu', 'hub-a', 'eve', NULL, 'no alias', 0.013), ('(unowned)', 'hub-z', 'eve', NULL, 'no alias', 0) $$,
    'suspense says why, and keeps the amount');
SELECT results_eq($$ SELECT department, used, amount FROM report.department_cost WHERE institution = 'tu' AND month = '2026-03-01' $$,
    $$ VALUES ('(suspense)', 10800.000000, 0.039) $$, 'and is a department of the report');
SELECT results_eq($$ SELECT institution, hub, class, resource, billable FROM report.unpriced_usage $$,
    $$ VALUES ('(unowned)', 'hub-z', '', 'cpu', 3600.000000) $$, 'usage without a price is visible');

-- late answers move it
SELECT is(pg_temp.import('memberships', $$
person,institution,unit,valid_from,valid_to,home
p3,tu,phys,2026-03-02T12:30Z,,yes
$$), 1::bigint, 'a membership comes late');
SELECT results_eq('SELECT day, username FROM ingest.dirty_day', $$ VALUES ('2026-03-02'::date, 'bob') $$,
    'the days with usage of that person from there on wait, and nobody else''s');
SELECT pg_temp.rate() \gset rated_
SELECT results_eq($$ SELECT department, used, amount FROM report.user_cost WHERE username = 'bob' ORDER BY 1 $$,
    $$ VALUES ('(suspense)', 1800.000000, 0.0065), ('phys', 1800.000000, 0.0065) $$,
    'from its beginning on the department pays, before that nobody');
SELECT is(pg_temp.import('people', $$
person,name,hub,username
p2,Anna,hub-a,eve
$$), 1::bigint, 'an alias comes late');
SELECT pg_temp.rate() \gset rated_
SELECT results_eq($$ SELECT department, amount FROM report.user_cost WHERE username = 'eve' AND hub = 'hub-a' $$,
    $$ VALUES ('phys', 0.013) $$, 'suspense moves to the department');
SELECT is(pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,,,,,,hub-z
$$), 1::bigint, 'an owner comes late');
SELECT pg_temp.rate() \gset rated_
SELECT results_eq($$ SELECT institution, department, amount FROM report.user_cost WHERE hub = 'hub-z' $$,
    $$ VALUES ('tu', '(suspense)', 0.013) $$, 'usage before it is the owner''s as well');
UPDATE usage.workload SET username = 'ann' WHERE external_id = 's1';
SELECT pg_temp.rate_day(hub_id, '2026-03-02') FROM usage.hub WHERE name = 'hub-a' \gset rated_
SELECT results_eq($$ SELECT department, amount FROM report.user_cost WHERE username = 'ann' AND month = '2026-03-01' $$,
    $$ VALUES ('bio', 0.013) $$, 'a user who is named late is charged');

-- rounding, once, half away from zero
SELECT is(charge.amount(1, 1.8, 3600000000), 0.000000001, 'half a nano-unit rounds up');
SELECT is(charge.amount(1, 1.7999999999999, 3600000000), 0.000000000, 'a little less does not');
SELECT is(charge.amount(1, 1.7999999999999, 3600000000) = round(1 * 1.7999999999999 / 3600000000, 9), true, 'as round() does');
SELECT is(charge.amount(37 * 3600 * 4 * 1000000::bigint, 0.013, 3600000000), 1.924000000, '37 h of 4 cores');
SELECT is(charge.amount(9223372036854775807, 9999999999.9999999999999, 1), 92233720368547758069999077662.796314522, 'no overflow');
SELECT throws_ok($$ SELECT charge.rate_day(-1, '2026-01-01', 1) $$, 'P0002', 'no hub with id -1', 'a hub nobody knows');

-- slots that were dropped: what was charged for them stays, also when only some are gone
SELECT pg_temp.use(pg_temp.workload('kept', u, u), '', '2026-07-01 08:00Z', '2026-07-01 10:00Z', cores => 1, mib => 3)
FROM unnest(ARRAY['ann', 'bob']) u \g /dev/null
SELECT pg_temp.rate() \g /dev/null
CREATE TEMPORARY TABLE kept_line AS SELECT * FROM charge.line WHERE hub_id = (SELECT hub_id FROM usage.hub WHERE name = 'kept');
DELETE FROM usage.slot WHERE slot_start = '2026-07-01 08:15Z' AND workload_id = (SELECT max(workload_id) FROM usage.workload);
SELECT throws_ok($$ SELECT pg_temp.rate_day(hub_id, '2026-07-01') FROM usage.hub WHERE name = 'kept' $$, 'HM002',
    'the day has charges, but its usage is gone: 13500000000 of 14400000000 core-microseconds are left', 'one slot that is gone is noticed');
DELETE FROM usage.slot WHERE slot_start < '2026-07-02' AND slot_start >= '2026-07-01';
SELECT throws_ok($$ SELECT pg_temp.rate_day(hub_id, '2026-07-01') FROM usage.hub WHERE name = 'kept' $$, 'HM002',
    'the day has charges, but its usage is gone: 0 of 14400000000 core-microseconds are left', 'all of them too');
SELECT pg_temp.use(pg_temp.workload('kept', 'late', 'late'), '', '2026-07-01 09:00Z', '2026-07-01 10:00Z', cores => 1);
SELECT throws_ok($$ SELECT pg_temp.rate_day(hub_id, '2026-07-01') FROM usage.hub WHERE name = 'kept' $$, 'HM002', NULL,
    'and when more arrives late for a day that is gone');
SELECT is_empty($$ TABLE kept_line EXCEPT SELECT * FROM charge.line $$, 'the lines are as they were');
SELECT ok(EXISTS (SELECT FROM charge.dirty_days() WHERE hub = 'kept'), 'and the day goes on waiting');

SELECT * FROM finish();
ROLLBACK;

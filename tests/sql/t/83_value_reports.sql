-- What groups, courses, idle reservations and the market cost, and what is booked late: each adds up to the charges.
BEGIN;
\ir ../fixture.sql
SELECT plan(39);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,bio,,Biology,
tu,,,phys,,Physics,
tu,,,,,,h
tu,,,,,,course-hub
$$) \g /dev/null
SELECT pg_temp.import('people', $$
person,name,hub,username
tom,Tom,h,tom
sue,Sue,h,sue
sam,Sam,h,sam
ann,Ann,h,ann
sue,Sue,course-hub,susan
$$) \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\nann,tu,phys,2026-01-01,,yes\nsam,tu,phys,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.import('prices', $$
institution,resource,class,rate,market_rate,valid_from,valid_to
tu,cpu,,1,1.5,2026-01-01,
tu,memory,,0.1,,2026-01-01,
tu,gpu,,3,4,2026-01-01,2026-03-03
tu,gpu,,3,,2026-03-03,
$$) \g /dev/null
SELECT pg_temp.import('groups', $$
institution,group,kind,name,unit,hub,valid_from,valid_to
tu,bio-1,course,Biology 1,bio,,,
tu,bio-1,course,Biology 1,,course-hub,,
tu,lab,lab,Laboratory,phys,,,
$$) \g /dev/null
SELECT pg_temp.import('members', $$
person,institution,group,role,default,valid_from,valid_to
tom,tu,bio-1,teacher,yes,2026-01-01,
sue,tu,bio-1,student,yes,2026-01-01,
sam,tu,bio-1,student,,2026-01-01,
ann,tu,lab,pi,yes,2026-01-01,
$$) \g /dev/null

-- Monday, 2 March 2026, to the Monday after; of Sam's last cores only those that are tagged are for the course.
CREATE FUNCTION pg_temp.run(of_hub text, of_user text, of_tag text, starts timestamptz, hours int, cores int DEFAULT 0, mib int DEFAULT 0, gpus int DEFAULT 0)
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    w bigint := pg_temp.workload(of_hub, of_user, format('%s %s %s', of_user, of_tag, starts));
BEGIN
    UPDATE usage.workload SET tag = of_tag WHERE workload_id = w;
    PERFORM pg_temp.use(w, '', starts, starts + make_interval(hours => hours), cores, mib, gpus);
END
$$;
SELECT pg_temp.run('h', 'tom', '', '2026-03-02 08:00Z', 2, cores => 1) \g /dev/null
SELECT pg_temp.run('h', 'sue', '', '2026-03-02 08:00Z', 1, cores => 2, mib => 1024) \g /dev/null
SELECT pg_temp.run('h', 'sue', '', '2026-03-02 11:00Z', 1, cores => 2) \g /dev/null
SELECT pg_temp.run('course-hub', 'susan', '', '2026-03-08 23:00Z', 1, cores => 1) \g /dev/null
SELECT pg_temp.run('h', 'sam', 'bio-1', '2026-03-09 00:00Z', 1, cores => 4) \g /dev/null
SELECT pg_temp.run('course-hub', 'guest', '', '2026-03-09 10:00Z', 1, cores => 3) \g /dev/null
SELECT pg_temp.run('h', 'tom', '', '2026-03-16 10:00Z', 1, cores => 1) \g /dev/null
SELECT pg_temp.run('h', 'ann', '', '2026-03-02 10:00Z', 1, gpus => 2) \g /dev/null
SELECT pg_temp.run('h', 'ann', '', '2026-03-04 10:00Z', 1, gpus => 1) \g /dev/null
SELECT pg_temp.run('h', 'nobody', '', '2026-03-04 10:00Z', 1, cores => 1) \g /dev/null
-- Reserved and not used: two of Sue's first cores, a third of Ann's GPUs.
UPDATE usage.slot AS s SET cpu_used_usec = cpu_used_usec / 2, cpu_reserved_usec = cpu_billable_usec
FROM usage.workload AS w WHERE w.workload_id = s.workload_id AND w.username = 'sue';
UPDATE usage.slot AS s SET gpu_used_msec = gpu_used_msec * 2 / 3, gpu_reserved_msec = gpu_billable_msec
FROM usage.workload AS w WHERE w.workload_id = s.workload_id AND w.username = 'ann';
SELECT ok(pg_temp.rate() > 0, 'two weeks and a day');

-- 2 + 4 + 0.1 + 1 in the first week, 4 + 3 in the second, 1 in the third
SELECT results_eq('SELECT * FROM report.group_cost ORDER BY group_code', $$ VALUES
    ('tu', '2026-03-01'::date, 'bio-1', 'course', 'Biology 1', 'bio', 'rate_card', 4::bigint, 15.100000000, 'USD'),
    ('tu', '2026-03-01', 'lab', 'lab', 'Laboratory', 'phys', 'rate_card', 1, 9.000000000, 'USD') $$, 'groups: Sue is one on two hubs, the guest is somebody');
SELECT is((SELECT sum(amount) FROM report.group_cost), (SELECT sum(amount) FROM charge.share WHERE group_id IS NOT NULL), 'groups add up');
SELECT results_eq('SELECT * FROM report.course_cost ORDER BY first_day', $$ VALUES
    ('tu', 'bio-1', 'Biology 1', '2026-03-02'::date, '2026-03-08'::date, 1::bigint, 7.100000000, 7.100000000, 'USD'),
    ('tu', 'bio-1', 'Biology 1', '2026-03-09', '2026-03-15', 2, 7.000000000, 3.500000000, 'USD'),
    ('tu', 'bio-1', 'Biology 1', '2026-03-16', '2026-03-22', 0, 1.000000000, NULL, 'USD') $$, 'courses: by weeks from Monday to Sunday, whoever teaches is no student');
SELECT is((SELECT sum(amount) FROM report.course_cost), (SELECT amount FROM report.group_cost WHERE kind = 'course'), 'weeks add up');
SELECT results_eq('SELECT * FROM report.course_student ORDER BY week, username', $$ VALUES
    ('tu', 'bio-1', '2026-03-02'::date, 'sue', 'sue', 7200.000000, 4.100000000, 'USD'),
    ('tu', 'bio-1', '2026-03-02', 'sue', 'susan', 3600.000000, 1.000000000, 'USD'),
    ('tu', 'bio-1', '2026-03-02', 'tom', 'tom', 7200.000000, 2.000000000, 'USD'),
    ('tu', 'bio-1', '2026-03-09', NULL, 'guest', 10800.000000, 3.000000000, 'USD'),
    ('tu', 'bio-1', '2026-03-09', 'sam', 'sam', 14400.000000, 4.000000000, 'USD'),
    ('tu', 'bio-1', '2026-03-16', 'tom', 'tom', 3600.000000, 1.000000000, 'USD') $$, 'who used it');
SELECT is_empty($$ SELECT FROM (SELECT course, week, sum(amount) AS amount FROM report.course_student GROUP BY course, week) AS s
                   FULL JOIN report.course_cost AS c ON (c.course, c.first_day) = (s.course, s.week) WHERE c.amount IS DISTINCT FROM s.amount $$, 'and that adds up to each week');

-- idle
SELECT results_eq($$ SELECT * FROM report.idle_cost WHERE department <> '(suspense)' AND amount <> 0 ORDER BY department, resource $$, $$ VALUES
    ('tu', '2026-03-01'::date, 'bio', 'cpu', 14400.000000, 46800.000000, 54000.000000, 7200.000000, 'core-seconds', 15.000000000, 2.000000000, 13.33, 'USD'),
    ('tu', '2026-03-01', 'bio', 'memory', 0, 3686400, 3686400, 0, 'MiB-seconds', 0.100000000, 0.000000000, 0.00, 'USD'),
    ('tu', '2026-03-01', 'phys', 'gpu', 10800.000, 7200.000, 10800.000, 3600.000, 'GPU-seconds', 9.000000000, 3.000000000, 33.33, 'USD') $$, 'idle: half of four, a third of three');
SELECT is((SELECT sum(amount) FROM report.idle_cost), (SELECT sum(amount) FROM charge.share), 'idle: amounts add up');
SELECT is_empty($$ SELECT FROM report.idle_cost WHERE idle <> billable - used OR idle_amount NOT BETWEEN 0 AND amount $$, 'what is idle was paid for');
SELECT is_empty($$ SELECT institution, month, department, resource, used, reserved, billable, amount FROM report.idle_cost
                   EXCEPT ALL SELECT institution, month, department, resource, used, reserved, billable, amount FROM report.department_cost $$, 'a row is a row of report.department_cost');

-- the market
SELECT results_eq($$ SELECT * FROM report.market_cost WHERE amount <> 0 ORDER BY department, resource, market_amount $$, $$ VALUES
    ('tu', '2026-03-01'::date, '(suspense)', 'cpu', 3600.000000, 'core-seconds', 1.000000000, 1.500000000, 0.500000000, 'USD'),
    ('tu', '2026-03-01', 'bio', 'cpu', 54000.000000, 'core-seconds', 15.000000000, 22.500000000, 7.500000000, 'USD'),
    ('tu', '2026-03-01', 'bio', 'memory', 3686400, 'MiB-seconds', 0.100000000, NULL, NULL, 'USD'),
    ('tu', '2026-03-01', 'phys', 'gpu', 7200.000, 'GPU-seconds', 6.000000000, 8.000000000, 2.000000000, 'USD'),
    ('tu', '2026-03-01', 'phys', 'gpu', 3600.000, 'GPU-seconds', 3.000000000, NULL, NULL, 'USD') $$, 'the market: like beside like, the GPUs of the 4th have no market rate');
SELECT is_empty($$ SELECT FROM (SELECT department, resource, sum(billable) AS billable, sum(amount) AS amount FROM report.market_cost GROUP BY department, resource) AS m
                   FULL JOIN report.department_cost AS d USING (department, resource) WHERE (m.billable, m.amount) IS DISTINCT FROM (d.billable, d.amount) $$, 'the market: amounts add up');

SELECT is_empty($$ WITH detail AS (
                       SELECT institution, month, department, resource, class, sum(billable) AS billable, unit, rate, rate_unit, count(*) AS charges, sum(amount) AS amount, currency
                       FROM report.charge_detail GROUP BY institution, month, department, resource, class, unit, rate, rate_unit, currency)
                   (TABLE detail EXCEPT ALL TABLE report.department_rate) UNION ALL (TABLE report.department_rate EXCEPT ALL TABLE detail) $$, 'prices: the charges at each');

-- Students: Sue 08:00 to 12:00 and 23:00 to 24:00, Sam and the guest an hour each
SELECT results_eq('SELECT * FROM report.unit_economics ORDER BY department', $$ VALUES
    ('tu', '2026-03-01'::date, '(suspense)', 1::bigint, 0::bigint, 0::bigint, 0.00, 1.000000000, 1.000000000, NULL, NULL, NULL, 'USD'),
    ('tu', '2026-03-01', 'bio', 4, 3, 1, 7.00, 15.100000000, 3.775000000, 5.033333333, 15.100000000, 2.157142857, 'USD'),
    ('tu', '2026-03-01', 'phys', 1, 0, 0, 0.00, 9.000000000, 9.000000000, NULL, NULL, NULL, 'USD') $$, 'unit economics');
SELECT is((SELECT sum(amount) FROM report.unit_economics), (SELECT sum(amount) FROM charge.share), 'unit economics: amounts add up');

-- once the month is closed
SELECT is_empty('SELECT FROM report.adjustment', 'nothing is late');
INSERT INTO ledger.period (institution_id, month, state, review_until) SELECT institution_id, '2026-03-01', 'soft', '2026-04-14' FROM org.institution WHERE code = 'tu';
SELECT pg_temp.run('h', 'tom', '', '2026-03-03 10:00Z', 1, cores => 5) \g /dev/null
SELECT ok(pg_temp.rate() > 0, 'usage that is late');
SELECT results_eq('SELECT * FROM report.adjustment WHERE amount <> 0', $$ VALUES
    ('tu', '2026-04-01'::date, '2026-03-01'::date, 'bio', 'rate_card', 1::bigint, 5.000000000, 'usage', 'USD') $$, 'is booked in the month that is open');
SELECT charge.begin_run('import', 'groups.csv') AS run \gset
UPDATE org.group_unit SET unit_id = (SELECT unit_id FROM org.unit WHERE code = 'bio')
WHERE group_id = (SELECT group_id FROM org.user_group WHERE code = 'lab');
SELECT charge.rate_day(hub_id, day, :run) FROM usage.hub, (VALUES ('2026-03-02'::date), ('2026-03-04')) AS d (day) WHERE name = 'h' \g /dev/null
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT results_eq('SELECT * FROM report.adjustment WHERE amount <> 0 ORDER BY department, reason', $$ VALUES
    ('tu', '2026-04-01'::date, '2026-03-01'::date, 'bio', 'rate_card', 2::bigint, 9.000000000, 'import: groups.csv', 'USD'),
    ('tu', '2026-04-01', '2026-03-01', 'bio', 'rate_card', 1, 5.000000000, 'usage', 'USD'),
    ('tu', '2026-04-01', '2026-03-01', 'phys', 'rate_card', 2, -9.000000000, 'import: groups.csv', 'USD') $$, 'what moves is given back and booked');
SELECT is((SELECT sum(amount) FROM report.adjustment), (SELECT sum(amount) FROM charge.share WHERE period > month), 'adjustments add up');
SELECT results_eq($$ SELECT department, people, amount FROM report.group_cost WHERE group_code = 'lab' ORDER BY 1 $$, $$ VALUES ('bio', 1::bigint, 9.000000000), ('phys', 0, 0.000000000) $$,
    'what was taken back is nobody''s use');
SELECT is((SELECT sum(amount) FROM report.group_cost), (SELECT sum(amount) FROM charge.share WHERE group_id IS NOT NULL), 'groups add up');
SELECT is((SELECT sum(amount) FROM report.unit_economics), (SELECT sum(amount) FROM charge.share), 'and so do departments');
SELECT is_empty($$ SELECT FROM report.idle_cost WHERE idle <> billable - used OR idle_amount NOT BETWEEN 0 AND amount $$, 'what is idle was paid for');

-- the month after is closed as well
CREATE TEMPORARY TABLE april AS SELECT * FROM report.adjustment;
INSERT INTO ledger.period (institution_id, month, state, review_until) SELECT institution_id, '2026-04-01', 'soft', '2026-05-14' FROM org.institution WHERE code = 'tu';
SELECT pg_temp.run('h', 'tom', '', '2026-03-03 12:00Z', 1, cores => 1) \g /dev/null
SELECT charge.begin_run('correction', 'a collector was down') AS run \gset
SELECT charge.rate_day(hub_id, '2026-03-03', :run) FROM usage.hub WHERE name = 'h' \g /dev/null
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
UPDATE charge.run_day SET rated_at = now() + interval '1 second' WHERE run_id = :run; -- this transaction is one instant
SELECT results_eq($$ SELECT period, department, lines, amount, reason FROM report.adjustment WHERE period = '2026-05-01' AND amount <> 0 $$, $$ VALUES
    ('2026-05-01'::date, 'bio', 1::bigint, 1.000000000, 'correction: a collector was down') $$, 'what comes later is booked later');
SELECT results_eq($$ SELECT * FROM report.adjustment WHERE period = '2026-04-01' ORDER BY department, reason $$, 'SELECT * FROM april ORDER BY department, reason', 'and why the earlier was booked stands');
SELECT is((SELECT sum(amount) FROM report.adjustment), (SELECT sum(amount) FROM charge.share WHERE period > month), 'adjustments add up');

-- sizes: twenty servers of 4 GiB for an hour, nineteen of which never had more than 500 MiB
SELECT results_eq('SELECT * FROM report.sizing', $$ VALUES
    ('tu', '2026-03-01'::date, 'h', '', 'cpu', 2.00, 'cores', 2::bigint, 2.000, 50.00, 1.00, 2.000000000, 'USD') $$, 'sizes: of two cores one would have done, for two hours at 1');
SELECT pg_temp.use(pg_temp.workload('h', 'bob', 'b' || n), '', '2026-04-01 00:00Z', '2026-04-01 01:00Z', mib => CASE n WHEN 7 THEN 4000 ELSE 500 END)
FROM generate_series(1, 20) AS n \g /dev/null
UPDATE usage.slot SET memory_reserved_mib_sec = 4096 * wall_msec / 1000 WHERE slot_start >= '2026-04-01Z';
SELECT results_eq($$ SELECT requested, requested_unit, servers, server_hours, used_percent, recommended, saving FROM report.sizing WHERE month = '2026-04-01' $$, $$ VALUES
    (4096.0, 'MiB', 20::bigint, 20.000, 16.48, 512.0, 7.000000000) $$, 'sizes: 512 MiB held nineteen of twenty');
UPDATE usage.slot SET memory_used_mib_sec = 4000 * wall_msec / 1000
WHERE slot_start = '2026-04-01 00:30Z' AND workload_id = (SELECT workload_id FROM usage.workload WHERE external_id = 'b1');
SELECT results_eq($$ SELECT recommended, saving FROM report.sizing WHERE month = '2026-04-01' $$, $$ VALUES (4096.0, 0.000000000) $$, 'but not eighteen: a quarter of an hour is enough');

SELECT lives_ok(format($$ SELECT pg_temp.as_role(%L, 'SELECT * FROM report.%s') $$, 'hm_finance', v), v || ': finance may look')
FROM unnest(ARRAY['group_cost', 'course_cost', 'course_student', 'idle_cost', 'market_cost', 'unit_economics', 'adjustment', 'sizing']) AS v;

SELECT * FROM finish();
ROLLBACK;

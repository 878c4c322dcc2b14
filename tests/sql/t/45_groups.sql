-- Who pays: the worked examples W1 and W2, the order in which rules apply, and what is split.
BEGIN;
\ir ../fixture.sql
SELECT plan(36);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,home,,Home,
tu,,,bio,,Biology,
tu,,,phys,,Physics,
tu,,,x,,X,
tu,,,y,,Y,
tu,,,z,,Z,
tu,,,,,,h
tu,,,,,,course-hub
ou,UTC,USD,,,Other University,
ou,,,o,,O,
$$) \g /dev/null
SELECT pg_temp.import('people', $$
person,name,hub,username
ana,Ana,h,ana
ana,Ana,course-hub,ana
u1,U1,h,u1
u2,U2,h,u2
u3,U3,h,u3
$$) \g /dev/null
SELECT pg_temp.import('memberships', $$
person,institution,unit,valid_from,valid_to,home
ana,tu,home,2026-01-01,,yes
$$) \g /dev/null
SELECT pg_temp.import('prices', $$
institution,resource,class,rate,valid_from,valid_to
tu,cpu,,0.013,2026-01-01,
tu,gpu,,1,2026-01-01,
$$) \g /dev/null
SELECT is(pg_temp.import('groups', $$
institution,group,kind,name,unit,hub,policy,valid_from,valid_to
tu,lab-x,lab,Lab X,x,,,,
tu,lab-y,lab,Lab Y,y,,,,
tu,lab-z,lab,Lab Z,z,,,,
tu,bio,project,Biology,bio,,,,
tu,phys,project,Physics,phys,,,,
ou,lab-y,lab,Another Y,o,,,,
$$), 12::bigint, 'groups: six, each with a department');
SELECT is(pg_temp.import('members', $$
person,institution,group,role,weight,default,valid_from,valid_to
ana,tu,lab-x,pi,,yes,2026-03-01,2026-03-02
ana,tu,lab-x,pi,,,2026-03-02,
ana,tu,lab-y,,,,2026-01-01,
u1,tu,bio,,,,2026-01-01,
u2,tu,bio,,75,,2026-01-01,
u2,tu,phys,,25,yes,2026-01-01,2026-03-02
u2,tu,phys,,25,,2026-03-02,
$$), 7::bigint, 'members');

-- Usage of one hour by 20 cores and so on; one day a case, because a day is what is rated.
CREATE FUNCTION pg_temp.run(of_user text, of_tag text, of_day date, cores int DEFAULT 0, gpus int DEFAULT 0, of_hub text DEFAULT 'h') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    w bigint := pg_temp.workload(of_hub, of_user, format('%s %s %s', of_user, of_tag, of_day));
BEGIN
    UPDATE usage.workload SET tag = of_tag WHERE workload_id = w;
    PERFORM pg_temp.use(w, '', of_day + time '10:00' AT TIME ZONE 'UTC', of_day + time '11:00' AT TIME ZONE 'UTC', cores => cores, gpus => gpus);
    PERFORM pg_temp.rate();
END
$$;
CREATE FUNCTION pg_temp.paid(of_day date) RETURNS TABLE (payer text, rule text, amount numeric) LANGUAGE sql AS $$
    SELECT coalesce(u.code, s.reason), s.rule, trim_scale(sum(s.amount))
    FROM charge.share s LEFT JOIN org.unit u USING (unit_id) WHERE s.day = of_day GROUP BY 1, 2 ORDER BY 1, 2 $$;

-- W1: Ana is in lab-x and lab-y and uses 20 h x 2 cores
SELECT pg_temp.run('ana', 'lab-y', '2026-03-01', 40);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-01') $$, $$ VALUES ('y', 'tag', 0.52) $$, 'W1: tag lab-y: lab-y');
SELECT pg_temp.run('ana', '', '2026-03-01', 40);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-01') $$, $$ VALUES ('x', 'default', 0.52), ('y', 'tag', 0.52) $$, 'W1: no tag, default lab-x: lab-x');
SELECT pg_temp.run('ana', '', '2026-03-03', 40);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-03') $$, $$ VALUES ('home', 'home', 0.52) $$, 'W1: no default, policy home: the home department');
SELECT is(pg_temp.import('groups', $$
institution,group,policy,valid_from,valid_to
tu,,equal,2026-03-04,2026-03-10
tu,,weights,2026-03-10,
$$), 2::bigint, 'policies');
SELECT pg_temp.run('ana', '', '2026-03-04', 40);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-04') $$, $$ VALUES ('x', 'equal', 0.26), ('y', 'equal', 0.26) $$, 'W1: policy equal: 0.260 each');
SELECT pg_temp.run('ana', 'lab-z', '2026-03-05', 40);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-05') $$, $$ VALUES ('tag without membership', 'suspense', 0.52) $$, 'W1: tag lab-z: suspense');
SELECT results_eq($$ SELECT person, reason, amount FROM report.suspense $$, $$ VALUES ('ana', 'tag without membership', 0.52) $$, 'W1: which shows');
SELECT pg_temp.run('ana', '', '2026-03-10', 40);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-10') $$, $$ VALUES ('home', 'home', 0.52) $$, 'policy weights, but no weights: the home department');

-- more of tags
SELECT pg_temp.run('ana', 'tu/lab-y', '2026-03-11', 40);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-11') $$, $$ VALUES ('y', 'tag', 0.52) $$, 'a tag may name the institution');
SELECT pg_temp.run('ana', 'nonsense', '2026-03-12', 40);
SELECT pg_temp.run('', 'lab-y', '2026-03-12', 40);
SELECT pg_temp.run('eve', 'lab-y', '2026-03-12', 40);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-12') $$, $$ VALUES ('no alias', 'suspense', 0.52), ('no user yet', 'suspense', 0.52), ('tag without membership', 'suspense', 0.52) $$,
    'whoever is not known to be in the group does not charge it');
SELECT pg_temp.import('members', $$
person,institution,group,valid_from,valid_to
ana,ou,lab-y,2026-03-13,
$$) \g /dev/null
SELECT pg_temp.run('ana', 'lab-y', '2026-03-13', 40);
SELECT pg_temp.run('ana', 'ou/lab-y', '2026-03-13', 80);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-13') $$, $$ VALUES ('o', 'tag', 1.04), ('y', 'tag', 0.52) $$, 'two groups of that code: the one of the hub''s owner');
SELECT results_eq($$ SELECT institution, department, amount FROM report.department_cost WHERE institution = 'ou' $$, $$ VALUES ('ou', 'o', 1.04) $$,
    'and another institution''s is charged to it');

-- W2: 100.00 of compute, u1 40 % in {bio}, u2 40 % in {bio, phys}, u3 20 % in none
CREATE FUNCTION pg_temp.w2(of_day date, u2_tag text DEFAULT '') RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.run('u1', '', of_day, gpus => 40);
    SELECT pg_temp.run('u2', '', of_day, gpus => CASE u2_tag WHEN '' THEN 40 ELSE 20 END);
    SELECT pg_temp.run('u2', 'phys', of_day, gpus => 20) WHERE u2_tag <> '';
    SELECT pg_temp.run('u3', '', of_day, gpus => 20) $$;
CREATE FUNCTION pg_temp.w2_paid(of_day date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(payer || ' ' || amount, ', ' ORDER BY payer) FROM (SELECT payer, sum(amount) AS amount FROM pg_temp.paid(of_day) GROUP BY payer) p $$;
SELECT pg_temp.w2('2026-03-01');
SELECT is(pg_temp.w2_paid('2026-03-01'), 'bio 40, no membership 20, phys 40, x 0.52, y 0.52', 'W2: u2''s primary is phys');
SELECT pg_temp.w2('2026-03-06');
SELECT is(pg_temp.w2_paid('2026-03-06'), 'bio 60, no membership 20, phys 20', 'W2: equal');
SELECT pg_temp.w2('2026-03-14');
SELECT is(pg_temp.w2_paid('2026-03-14'), 'bio 70, no membership 20, phys 10', 'W2: weights 75/25');
SELECT pg_temp.w2('2026-03-07', 'phys');
SELECT is(pg_temp.w2_paid('2026-03-07'), 'bio 50, no membership 20, phys 30', 'W2: half of u2''s hours tagged phys, equal');
SELECT results_eq($$ SELECT g.code, s.weight_ppm, s.billable FROM charge.share s JOIN org.user_group g USING (group_id) WHERE s.rule = 'weights' ORDER BY 1 $$,
    $$ VALUES ('bio', 750000, 108000000::bigint), ('phys', 250000, 36000000) $$, 'W2: quantities are split as well');

-- B3 among payers, and a split that changes inside the day
SELECT pg_temp.import('members', $$
person,institution,group,valid_from,valid_to
u3,tu,lab-x,2026-03-08,
u3,tu,lab-y,2026-03-08,
u3,tu,lab-z,2026-03-08,2026-03-09T10:30Z
$$) \g /dev/null
SELECT pg_temp.run('u3', '', '2026-03-08', gpus => 100);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-08') $$, $$ VALUES ('x', 'equal', 33.333333334), ('y', 'equal', 33.333333333), ('z', 'equal', 33.333333333) $$,
    'B3: three equal parts of 100');
SELECT results_eq($$ SELECT sum(weight_ppm), sum(used) FROM charge.share WHERE day = '2026-03-08' $$, $$ VALUES (1000000::bigint, 360000000::numeric) $$, 'whose weights and quantities add up');
SELECT pg_temp.run('u3', '', '2026-03-09', gpus => 100);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-09') $$,
    $$ VALUES ('x', 'equal', 41.666666667), ('y', 'equal', 41.666666667), ('z', 'equal', 16.666666666) $$, 'a third of a half and a half of a half');
SELECT results_eq($$ SELECT amount, (SELECT count(*) FROM charge.share s WHERE s.line_id = l.line_id) FROM charge.line l WHERE day = '2026-03-09' $$,
    $$ VALUES (100::numeric, 5::bigint) $$, 'of one line');

-- the hub's binding
SELECT pg_temp.import('groups', $$
institution,group,unit,hub,valid_from,valid_to
tu,bio,,course-hub,2026-03-01,
$$) \g /dev/null
SELECT pg_temp.run('ana', '', '2026-03-15', 40, of_hub => 'course-hub');
SELECT pg_temp.run('ana', 'lab-y', '2026-03-15', 40, of_hub => 'course-hub');
SELECT pg_temp.run('stranger', '', '2026-03-15', 40, of_hub => 'course-hub');
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-15') $$, $$ VALUES ('bio', 'hub', 1.04), ('y', 'tag', 0.52) $$, 'a hub that is there for a group: untagged usage is the group''s');

-- a group that nobody pays for
SELECT pg_temp.import('groups', E'institution,group,kind,name\ntu,poor,project,Poor') \g /dev/null
SELECT pg_temp.import('members', E'person,institution,group,valid_from,valid_to\nana,tu,poor,2026-03-16,') \g /dev/null
SELECT pg_temp.run('ana', 'poor', '2026-03-16', 40);
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-16') $$, $$ VALUES ('group without department', 'suspense', 0.52) $$, 'suspense says so');

SELECT pg_temp.import('groups', E'institution,group,unit,valid_from,valid_to\ntu,poor,bio,,2026-06-01\ntu,poor,phys,2026-06-01,') \g /dev/null
SELECT results_eq('SELECT day, username FROM ingest.dirty_day', $$ VALUES ('2026-03-16'::date, 'ana') $$, 'a department for ever since: the days wait on which somebody was in the group');
SELECT pg_temp.rate() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.paid('2026-03-16') $$, $$ VALUES ('bio', 'tag', 0.52) $$, 'and what was in suspense is paid');

-- a user name that is reused
SELECT is(pg_temp.import('people', $$
person,name,hub,username,valid_from,valid_to
old,Old,h,reused,,2026-03-17T10:30Z
new,New,h,reused,2026-03-17T10:30Z,
$$), 4::bigint, 'two people, one name, one after the other');
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\nold,tu,x,2026-01-01,,yes\nnew,tu,y,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.run('reused', '', '2026-03-17', 40);
SELECT results_eq($$ SELECT p.code, s.first_slot, s.amount FROM charge.share s JOIN org.person p USING (person_id) WHERE day = '2026-03-17' ORDER BY 1 DESC $$, $$ VALUES
    ('old', '2026-03-17 10:00Z'::timestamptz, 0.26), ('new', '2026-03-17 10:30Z', 0.26) $$, 'each is charged what was the own');

-- why, in words
SELECT results_eq($$ SELECT DISTINCT rule, why FROM report.charge_detail WHERE department <> '(suspense)' AND day < '2026-03-17' AND group_code IS DISTINCT FROM 'poor'
                     AND (group_code IS NULL OR group_code IN ('bio', 'lab-y')) ORDER BY 1, 2 $$, $$ VALUES
    ('equal', 'bio is one of several groups that pay as much each'), ('equal', 'lab-y is one of several groups that pay as much each'),
    ('group', 'bio is the one group the person is in'), ('home', 'the home department of the person'), ('hub', 'the hub is there for bio'),
    ('tag', 'the server is tagged lab-y, and the person is in that group'), ('tag', 'the server is tagged ou/lab-y, and the person is in that group'),
    ('tag', 'the server is tagged tu/lab-y, and the person is in that group'), ('weights', 'bio is one of several groups: 75 % by its weight') $$, 'every rule says why');
SELECT results_eq($$ SELECT day, person, group_code, billable, unit, rate, rate_unit, amount, why FROM report.charge_detail WHERE department = 'x' AND rule = 'default' $$,
    $$ VALUES ('2026-03-01'::date, 'ana', 'lab-x', 144000.000000, 'core-seconds', 0.013, 'USD per core-hour', 0.52, 'lab-x is the person''s default group') $$, 'and every row how much');
SELECT results_eq($$ SELECT DISTINCT why FROM report.charge_detail WHERE rule = 'suspense' AND person = 'ana' $$, $$ VALUES ('suspense: tag without membership') $$, 'suspense as well');
SELECT results_eq($$ SELECT institution, department, month, sum(amount) FROM report.charge_detail GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 $$,
    $$ SELECT institution, department, month, sum(amount) FROM report.department_cost GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 $$, 'details add up to the departments');

-- conserved, everywhere
SELECT is((SELECT sum(amount) FROM charge.share), (SELECT sum(amount) FROM charge.line), 'nothing is lost and nothing counted twice');
SELECT is_empty($$ SELECT * FROM report.rating_reconciliation WHERE difference <> 0 $$, 'nor of the usage');
SELECT pg_temp.rate_day(hub_id, d::date) FROM usage.hub, generate_series(timestamp '2026-03-01', '2026-03-17', '1 day') d \g /dev/null
SELECT is((SELECT count(*) FROM charge.run_day WHERE run_id > (SELECT max(run_id) - 34 FROM charge.run)), 0::bigint, 'rated again, nothing changes');
SELECT * FROM finish();
ROLLBACK;

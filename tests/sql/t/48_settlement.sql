-- What nobody would pay for: settled by hand with a reason, or by the domain of the user name.
BEGIN;
\ir ../fixture.sql
SELECT plan(26);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,it,,Information Technology,
tu,,,bio,,Biology,
ou,UTC,USD,,,Other University,
ou,,,lab,,Laboratory,
tu,,,,,,h
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ann,h,ann') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.import('groups', E'institution,group,kind,name\ntu,poor,project,Poor') \g /dev/null
SELECT pg_temp.import('members', E'person,institution,group,valid_from,valid_to\np1,tu,poor,2026-05-03,2026-05-04') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,market_rate,valid_from,valid_to\ntu,cpu,,1,,2026-01-01,') \g /dev/null
CREATE FUNCTION pg_temp.run(of_user text, tag text, day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    w bigint := pg_temp.workload('h', of_user, concat(of_user, tag, day));
BEGIN
    UPDATE usage.workload SET tag = run.tag WHERE workload_id = w;
    PERFORM pg_temp.use(w, '', day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC', cores => 1);
END
$$;
CREATE FUNCTION pg_temp.paid(of_user text) RETURNS TABLE (day date, institution text, unit text, rule text, amount numeric) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.rate();
    RETURN QUERY SELECT d.day, d.institution, d.department, d.rule, sum(d.amount) FROM report.charge_detail d
                 WHERE d.username = of_user GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
END
$$;
SELECT pg_temp.run('eve', '', d::date) FROM generate_series('2026-05-01'::date, '2026-05-03', '1 day') d \g /dev/null
SELECT pg_temp.run('ann', t, '2026-05-03') FROM unnest(ARRAY['', 'ghost', 'poor']) t \g /dev/null
SELECT pg_temp.run('', '', '2026-05-03') \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.paid('eve') $$, $$ VALUES ('2026-05-01'::date, 'tu', '(suspense)', 'suspense', 24.0),
    ('2026-05-02', 'tu', '(suspense)', 'suspense', 24), ('2026-05-03', 'tu', '(suspense)', 'suspense', 24) $$, 'nobody''s');

-- by hand
CREATE FUNCTION pg_temp.settlements() RETURNS text LANGUAGE sql AS $$ SELECT E'hub,username,tag,institution,unit,reason,valid_from,valid_to\nh,eve,,tu,it,a visitor of ours,2026-05-02,2026-05-03' $$;
SELECT is(pg_temp.import('settlements', pg_temp.settlements()), 1::bigint, 'a settlement');
SELECT is(pg_temp.import('settlements', pg_temp.settlements()), 0::bigint, 'the second time nothing changes');
SELECT results_eq('SELECT day, username FROM ingest.dirty_day', $$ VALUES ('2026-05-02'::date, 'eve') $$, 'the day waits');
SELECT results_eq($$ SELECT * FROM pg_temp.paid('eve') $$, $$ VALUES ('2026-05-01'::date, 'tu', '(suspense)', 'suspense', 24.0),
    ('2026-05-02', 'tu', 'it', 'assigned', 24), ('2026-05-03', 'tu', '(suspense)', 'suspense', 24) $$, 'the department pays, then');
SELECT is(why, 'assigned by hand: a visitor of ours', 'and why is said') FROM report.charge_detail WHERE rule = 'assigned';
SELECT is(pg_temp.import('settlements', replace(pg_temp.settlements(), 'tu,it,', 'ou,lab,')), 1::bigint, 'another department, of another institution');
SELECT results_eq($$ SELECT day, institution, unit FROM pg_temp.paid('eve') WHERE rule = 'assigned' $$, $$ VALUES ('2026-05-02'::date, 'ou', 'lab') $$, 'pays instead');
SELECT is(pg_temp.import('people', E'person,name,hub,username\np1,Ann,h,eve'), 1::bigint, 'it turns out who it was');
SELECT results_eq($$ SELECT day, unit, rule FROM pg_temp.paid('eve') $$, $$ VALUES ('2026-05-01'::date, 'bio', 'home'), ('2026-05-02', 'bio', 'home'), ('2026-05-03', '(suspense)', 'suspense') $$,
    'what is known is stronger, also that nobody pays for a group');
SELECT is(pg_temp.import('settlements', E'hub,username,tag,institution,unit,reason\nh,ann,ghost,tu,it,a tag that was wrong\nh,ann,poor,tu,it,nobody else pays\nh,,,tu,bio,a server that was never named'), 3::bigint, 'tags, and usage without a user');
SELECT results_eq($$ SELECT unit, rule FROM pg_temp.paid('ann') $$, $$ VALUES ('(suspense)', 'suspense'), ('it', 'assigned') $$, 'assigned, tag by tag');
SELECT is(count(*), 2::bigint, 'both tags, one of them of a group') FROM report.charge_detail WHERE username = 'ann' AND rule = 'assigned';
SELECT results_eq($$ SELECT unit, rule FROM pg_temp.paid('') $$, $$ VALUES ('bio', 'assigned') $$, 'a server that nobody was named for');
SELECT results_eq($$ SELECT pg_temp.complaints('settlements', E'hub,username,tag,institution,unit,reason,valid_from,valid_to\na b,x,,tu,nowhere,,2026-05-02T00:01Z,\n,x,,xx,it,r,,\nh,ann,ghost,tu,it,r,2026-05-01,') $$, $$ VALUES
    ('2 hub: is not a hub''s name: up to 200 letters, digits, - and _, the first a letter or digit'), ('2 reason: is required'), ('2 unit: unknown department of tu'),
    ('2 valid_from: boundary 2026-05-02T00:01Z is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)'),
    ('3 hub: is required'), ('3 institution: unknown institution') $$, 'settlements: complaints');
SELECT results_eq($$ SELECT pg_temp.complaints('settlements', E'hub,username,tag,institution,unit,reason,valid_from,valid_to\nh,ann,ghost,tu,it,r,2026-05-01,') $$,
    $$ VALUES ('2 username: usage is settled once at a time: overlaps one that is stored, (,) (source csv; import that one with its valid_to first, or void it)') $$, 'settlements: overlaps');

-- by domain
SELECT pg_temp.run(u, '', '2026-05-04') FROM unnest(ARRAY['a@ou.edu', 'b@CS.ou.edu', 'c@xou.edu', 'ou.edu', 'd@x@ou.edu']) u \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT is(pg_temp.import('domains', E'domain,institution,unit\nOU.edu,ou,'), 1::bigint, 'a domain');
SELECT is(pg_temp.import('domains', E'domain,institution,unit\nou.edu,ou,'), 0::bigint, 'in any case');
SELECT results_eq('SELECT username FROM ingest.dirty_day ORDER BY username COLLATE "C"', ARRAY['a@ou.edu', 'b@CS.ou.edu', 'd@x@ou.edu'], 'its user names wait');
SELECT results_eq($$ SELECT institution, unit, rule FROM pg_temp.paid('a@ou.edu') $$, $$ VALUES ('ou', '(suspense)', 'suspense') $$, 'in the institution''s suspense');
SELECT is(pg_temp.import('domains', E'domain,institution,unit\ncs.ou.edu,ou,lab'), 1::bigint, 'a subdomain with a department');
SELECT results_eq($$ SELECT institution, unit, rule FROM pg_temp.paid('b@CS.ou.edu') $$, $$ VALUES ('ou', 'lab', 'domain') $$, 'which pays');
SELECT results_eq($$ SELECT institution, unit, rule FROM pg_temp.paid('a@ou.edu') $$, $$ VALUES ('ou', '(suspense)', 'suspense') $$, 'for its own');
SELECT results_eq($$ SELECT institution, unit, rule FROM pg_temp.paid('c@xou.edu') UNION ALL SELECT institution, unit, rule FROM pg_temp.paid('ou.edu') $$,
    $$ VALUES ('tu', '(suspense)', 'suspense'), ('tu', '(suspense)', 'suspense') $$, 'other names are not of the domain');
SELECT results_eq($$ SELECT pg_temp.complaints('domains', E'domain,institution,unit\na@b.c,tu,\nlocalhost,tu,\nx.org,xx,it\nou.edu,tu,it') $$, $$ VALUES
    ('2 domain: is not a domain such as northfield.edu'), ('3 domain: is not a domain such as northfield.edu'), ('4 institution: unknown institution') $$, 'domains: complaints');
SELECT is(sum(amount), sum(billable) / 3600, 'nothing is lost or counted twice') FROM report.charge_detail WHERE resource = 'cpu';

SELECT * FROM finish();
ROLLBACK;

-- What instructors see of a course whose institution shows no names: sums of many, whatever they ask and whenever.
BEGIN;
\ir ../fixture.sql
SELECT plan(24);

SELECT pg_temp.import('org', E'institution,name,time_zone,currency,unit,hub,shows_names,smallest_group\nnorth,North,UTC,USD,,,,\nnorth,Arts,,,arts,,,\nnorth,,,,,hn,,\nsouth,South,UTC,USD,,,,\nsouth,Law,,,law,,,\n') \g /dev/null
SELECT pg_temp.import('people', 'person,name,hub,username' || string_agg(format(E'\n%1$s,%1$s,hn,%1$s', p), '')) FROM (SELECT 's' || n FROM generate_series(1, 9) AS n UNION VALUES ('tom'), ('eve')) AS k (p) \g /dev/null
SELECT pg_temp.import('memberships', 'person,institution,unit,home,valid_from' || string_agg(format(E'\n%s,%s,yes,2024-01-01', p, CASE p WHEN 'eve' THEN 'south,law' ELSE 'north,arts' END), ''))
FROM (SELECT 's' || n FROM generate_series(1, 9) AS n UNION VALUES ('tom'), ('eve')) AS k (p) \g /dev/null
SELECT pg_temp.import('groups', E'institution,group,kind,name,unit\nnorth,bio,course,Biology,arts\nnorth,now,course,Now,arts\nnorth,law,course,Law,arts\nnorth,few,course,Few,arts\n') \g /dev/null
SELECT pg_temp.import('members', 'person,institution,group,role,valid_from' || string_agg(format(E'\n%s,north,%s,%s,2024-01-01', p, g, CASE p WHEN 'tom' THEN 'teacher' ELSE 'student' END), ''))
FROM (SELECT 's' || n FROM generate_series(1, 9) AS n UNION VALUES ('tom'), ('eve')) AS k (p), unnest(ARRAY['bio', 'now', 'law', 'few']) AS g \g /dev/null
SELECT pg_temp.import('prices', E'institution,class,resource,rate,valid_from,valid_to\nnorth,,cpu,1,2024-01-01,\n') \g /dev/null

-- An hour of a core costs 1 USD.
CREATE FUNCTION pg_temp.use_for(of_group text, of_user text, of_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    w bigint := pg_temp.workload('hn', of_user, format('%s %s %s', of_group, of_user, of_day));
BEGIN
    UPDATE usage.workload SET tag = of_group WHERE workload_id = w;
    PERFORM pg_temp.use(w, '', of_day + time '10:00' AT TIME ZONE 'UTC', of_day + time '11:00' AT TIME ZONE 'UTC', cores => 1);
END
$$;
CREATE FUNCTION pg_temp.use_for(of_group text, first integer, last integer, of_day date) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.use_for(of_group, 's' || n, of_day) FROM generate_series(first, last) AS n $$;
CREATE FUNCTION pg_temp.asked(login text, question text, who text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('hubmeter.identity', who, true);
    EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', login);
    EXECUTE format('SELECT coalesce(string_agg(translate(q::text, ''()'', ''''), '' '' ORDER BY q), '''') FROM (%s) AS q', question) INTO answer;
    RESET SESSION AUTHORIZATION;
    RETURN answer;
END
$$;
CREATE ROLE g_teach LOGIN IN ROLE hm_instructor;
CREATE ROLE g_all LOGIN IN ROLE hm_finance;
CREATE ROLE g_north LOGIN IN ROLE hm_finance;
SELECT pg_temp.import('readers', E'login,scope,institution,code\ng_teach,person,north,tom\ng_north,institution,north,\n') \g /dev/null

-- Weeks from 5 February 2024 with 3, 9, 7, 2, 2, 8 and 1 students; after 11 weeks two more with 6 and 2.
SELECT pg_temp.use_for('bio', 1, 3, '2024-02-05'), pg_temp.use_for('bio', 1, 9, '2024-02-13'), pg_temp.use_for('bio', 1, 7, '2024-02-25'),
       pg_temp.use_for('bio', 'tom', '2024-02-19'), pg_temp.use_for('bio', 1, 2, '2024-02-26'), pg_temp.use_for('bio', 2, 3, '2024-03-05'),
       pg_temp.use_for('bio', 1, 8, '2024-03-15'), pg_temp.use_for('bio', 9, 9, '2024-03-18'), pg_temp.use_for('bio', 1, 6, '2024-06-03'),
       pg_temp.use_for('bio', 1, 2, '2024-06-16'), pg_temp.use_for('few', 1, 4, '2024-02-05'), pg_temp.use_for('few', 'tom', '2024-02-05'),
       pg_temp.use_for('law', 1, 5, '2024-02-05'), pg_temp.use_for('law', 'eve', '2024-02-05') \g /dev/null
SELECT pg_temp.rate() \g /dev/null

\set weeks 'SELECT first_day, last_day, students, trim_scale(amount) FROM report.course_cost WHERE course = ''bio'''
SELECT is(pg_temp.asked('g_teach', :'weeks'), '2024-02-05,2024-02-18,9,12 2024-02-19,2024-02-25,7,8 2024-02-26,2024-03-24,9,13 2024-06-03,2024-06-16,6,8', 'weeks of few with those that follow, the last with those before');
SELECT is(pg_temp.asked('hm_web', :'weeks', 'hn:tom'), pg_temp.asked('g_teach', :'weeks'), 'the same on the web');
SELECT is(pg_temp.asked('g_all', 'SELECT count(*), sum(amount)::integer FROM report.course_cost WHERE course = ''bio'''), '9,41', 'whoever may see names sees every week');
SELECT is(pg_temp.asked('g_north', :'weeks'), pg_temp.asked('g_all', :'weeks'), 'and so does the institution');
SELECT is(pg_temp.asked('g_teach', 'SELECT sum(amount)::integer FROM report.course_cost WHERE course = ''bio'''), '41', 'sums are kept');
SELECT is(pg_temp.asked('g_teach', 'SELECT trim_scale(per_student), currency FROM report.course_cost WHERE course = ''bio'' AND first_day = ''2024-06-03'''), '1.333333333,USD', 'by student');

-- What is asked changes nothing of what is put together.
SELECT is(pg_temp.asked('g_teach', :'weeks' || ' AND first_day = ''2024-02-12'''), '', 'a week by itself is nowhere');
SELECT is(pg_temp.asked('g_teach', :'weeks' || ' AND first_day BETWEEN ''2024-03-01'' AND ''2024-06-30'''), '2024-06-03,2024-06-16,6,8', 'nor does a limit cut a sum');
SELECT is(pg_temp.asked('g_teach', 'SELECT month, department, basis, people, trim_scale(amount) FROM report.group_cost WHERE group_code = ''bio'''), '2024-02-01,,rate_card,9,33 2024-06-01,,rate_card,6,8', 'months are of the same weeks');
SELECT is(pg_temp.asked('g_all', 'SELECT month, department, people, trim_scale(amount) FROM report.group_cost WHERE group_code = ''bio'''), '2024-02-01,arts,10,22 2024-03-01,arts,9,11 2024-06-01,arts,6,8', 'not those of whoever may see names');
SELECT is(pg_temp.asked('g_teach', 'SELECT month, sum(amount) FROM report.group_cost WHERE group_code <> ''few'' GROUP BY 1'),
          pg_temp.asked('g_teach', 'SELECT date_trunc(''month'', first_day)::date, sum(amount) FROM report.course_cost GROUP BY 1'), 'so that a difference of the two is nothing');

-- Too few.
SELECT is(pg_temp.asked('g_teach', 'SELECT course FROM report.course_cost WHERE course = ''few'' UNION ALL SELECT group_code FROM report.group_cost WHERE group_code = ''few'''), '', 'four students are no row, with a teacher neither');
SELECT is(pg_temp.asked('g_teach', 'SELECT institution, students, trim_scale(amount) FROM report.course_cost WHERE course = ''law'''), 'north,6,6', 'whose student it is does not matter');
SELECT is(pg_temp.asked('g_teach', 'SELECT person FROM report.charge_detail WHERE person <> ''tom'' UNION ALL SELECT person FROM report.user_cost WHERE person <> ''tom'''), '', 'who it was is nowhere');
SELECT is(pg_temp.asked('hm_web', 'SELECT course, trim_scale(amount) FROM report.course_cost WHERE course IN (''bio'', ''few'')', 'hn:s9'), 'bio,1 bio,1', 'a student sees the own usage alone');
SELECT throws_ok($$ SELECT pg_temp.asked('g_teach', 'SELECT students FROM charge.course_cells(''{1,2,3,4}'', ''2026-01-05'')') $$, '42501', NULL, 'nor who is put together');
UPDATE org.institution SET smallest_group = 9 WHERE code = 'north';
SELECT is(pg_temp.asked('g_teach', :'weeks'), '2024-02-05,2024-02-18,9,12 2024-02-19,2024-03-24,9,21', 'the institution says how many; what comes after waits');
UPDATE org.institution SET smallest_group = 5, shows_names = true WHERE code = 'north';
SELECT is(pg_temp.asked('g_teach', :'weeks'), pg_temp.asked('g_all', :'weeks'), 'and whether names are shown');
UPDATE org.institution SET shows_names = false WHERE code = 'north';

-- A course that goes on: nobody knows yet whether what follows the last sum has to be added to it.
SELECT date_trunc('week', now() AT TIME ZONE 'UTC')::date AS monday \gset
SELECT pg_temp.use_for('now', 1, 6, :'monday'::date - 21), pg_temp.use_for('now', 1, 3, :'monday'::date - 14), pg_temp.use_for('now', 1, 5, :'monday'::date - 7) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
\set running 'SELECT last_day - first_day, students, trim_scale(amount) FROM report.course_cost WHERE course = ''now'''
SELECT is(pg_temp.asked('g_teach', :'running'), '6,6,6', 'the last is not shown yet');
SELECT pg_temp.use_for('now', 9, 9, :'monday'::date) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT is(pg_temp.asked('g_teach', :'running'), '6,6,6', 'and what comes changes nothing that was');

-- Laws, of chance: a course of 40 weeks, asked in each of them and long after.
SELECT setseed(0.25) \g /dev/null
SELECT count(pg_temp.use_for('few', 's' || n, '2024-03-04'::date + 7 * w + (random() * 6)::integer))
FROM generate_series(0, 39) AS w, generate_series(1, 9) AS n
WHERE random() < CASE WHEN w BETWEEN 14 AND 24 THEN 0 ELSE (w % 4) * 0.2 END \g /dev/null
SELECT pg_temp.rate() \g /dev/null
CREATE TEMPORARY TABLE cell AS
SELECT '2024-01-29'::date + 7 * w AS asked, c.*
FROM generate_series(0, 100) AS w, org.user_group AS g, charge.course_cells(ARRAY[g.group_id], '2024-01-29'::date + 7 * w) AS c WHERE g.code = 'few';
SELECT cmp_ok((SELECT count(*) FROM cell WHERE asked = (SELECT max(asked) FROM cell)), '>', 5::bigint, 'there are some');
SELECT is_empty($$ SELECT FROM cell WHERE cardinality(students) < 5 OR cardinality(students) <> (SELECT count(DISTINCT s) FROM unnest(students) AS s) $$, 'none of few');
SELECT is_empty($$ SELECT FROM cell AS c WHERE NOT EXISTS (SELECT FROM cell AS l WHERE l.asked = c.asked + 7 AND (l.first_day, l.last_day, l.students, l.amount) = (c.first_day, c.last_day, c.students, c.amount))
                     AND asked < (SELECT max(asked) FROM cell) $$, 'what was shown stays as it was');
SELECT is((SELECT sum(amount) FROM cell WHERE asked = (SELECT max(asked) FROM cell)),
          (SELECT sum(s.amount) FROM charge.share AS s JOIN org.user_group USING (group_id) WHERE code = 'few' AND s.institution_id = (SELECT institution_id FROM org.institution WHERE code = 'north')), 'and in the end they are all there is');
SELECT * FROM finish();
ROLLBACK;

-- Who sees what of the reports: by login, by the scope of its rows, and as of the time of use.
BEGIN;
\ir ../fixture.sql
SELECT plan(39);

SELECT pg_temp.import('org', E'institution,name,time_zone,currency,unit,parent,hub,valid_from\nnorth,North,UTC,USD,,,,\nnorth,Science,,,science,,,\nnorth,Arts,,,arts,,,\nnorth,Physics,,,physics,science,,\nnorth,,,,,,hn,\nsouth,South,UTC,USD,,,,\nsouth,Law,,,law,,,\nsouth,,,,,,hs,\n') \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ada,hn,ada\np2,Bob,hn,bob\np3,Eve,hs,eve\np4,Tom,hn,tom\n') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,home,valid_from\np1,north,physics,yes,2026-01-01\np2,north,arts,yes,2026-01-01\np3,south,law,yes,2026-01-01\np4,north,arts,yes,2026-01-01\n') \g /dev/null
SELECT pg_temp.import('groups', E'institution,group,kind,name,unit\nnorth,phys101,course,Mechanics,arts\nnorth,lab1,lab,The lab,arts\n') \g /dev/null
SELECT pg_temp.import('members', E'person,institution,group,role,valid_from\np2,north,phys101,student,2026-01-01\np4,north,phys101,teacher,2026-01-01\n') \g /dev/null
SELECT pg_temp.import('prices', E'institution,class,resource,rate,valid_from,valid_to\nnorth,,cpu,0.05,2026-01-01,\nsouth,,cpu,0.05,2026-01-01,\n') \g /dev/null
SELECT pg_temp.use(pg_temp.workload(h, u, u), '', d::timestamptz, d::timestamptz + interval '1 hour', cores => 1)
FROM (VALUES ('hn', 'ada', '2026-05-10 10:00Z'), ('hn', 'bob', '2026-05-10 10:00Z'), ('hs', 'eve', '2026-05-10 10:00Z'),
             ('hn', 'nobody', '2026-05-10 10:00Z')) AS k (h, u, d) \g /dev/null
SELECT pg_temp.rate() \g /dev/null

CREATE ROLE r_all LOGIN IN ROLE hm_finance;
CREATE ROLE r_north LOGIN IN ROLE hm_finance;
CREATE ROLE r_gone LOGIN IN ROLE hm_finance;
CREATE ROLE r_audit LOGIN IN ROLE hm_auditor;
CREATE ROLE r_science LOGIN IN ROLE hm_steward;
CREATE ROLE r_stew LOGIN IN ROLE hm_steward;
CREATE ROLE r_member LOGIN IN ROLE hm_member;
CREATE ROLE r_teach LOGIN IN ROLE hm_instructor;
SELECT is(pg_temp.import('readers', E'login,scope,institution,code,valid_from,valid_to\nr_north,institution,north,,,\nr_gone,federation,,,,2026-01-01\nr_science,unit,north,science,,\nr_member,person,north,p1,,\nr_teach,person,north,p4,,\nproxy:dean,unit,north,arts,,\nlocal:all,federation,,,,\n'), 7::bigint, 'readers');
SELECT pg_temp.import('stewards', E'login,institution,unit\nr_stew,north,arts\n') \g /dev/null
SELECT results_eq($$ SELECT pg_temp.complaints('readers', E'login,scope,institution,code\n,unit,north,physics\nx,everything,north,\nx,federation,north,\nx,institution,nowhere,\nx,institution,north,physics\nx,unit,north,law\nx,person,north,p9\nx,fund,north,') $$, $$ VALUES
    ('2 login: is required'), ('3 code: is required'), ('3 scope: is not federation, institution, unit, group, person or fund'),
    ('4 institution: is empty for the federation'), ('5 institution: unknown institution'),
    ('6 code: is empty for all of it'), ('7 code: unknown department of north'), ('8 code: unknown person'), ('9 code: is required') $$, 'complaints');

-- What a login sees of the charges: whose, in order.
CREATE FUNCTION pg_temp.sees(login text, question text DEFAULT 'SELECT DISTINCT institution || ''/'' || department FROM report.user_cost', who text DEFAULT '')
    RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('hubmeter.identity', who, true);
    EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', login);
    EXECUTE format('SELECT coalesce(string_agg(q::text, '' '' ORDER BY q::text), '''') FROM (%s) AS k (q)', question) INTO answer;
    RESET SESSION AUTHORIZATION;
    RETURN answer;
END
$$;

SELECT is(pg_temp.sees('r_all'), 'north/(suspense) north/arts north/physics south/law', 'finance without a row sees the federation');
SELECT is(pg_temp.sees('r_audit'), 'north/(suspense) north/arts north/physics south/law', 'so does an auditor');
SELECT is(pg_temp.sees('r_north'), 'north/(suspense) north/arts north/physics', 'an institution itself');
SELECT is(pg_temp.sees('r_gone'), '', 'whose row holds no more sees nothing, not all');
SELECT is(pg_temp.sees('r_science'), 'north/physics', 'a department and what is below it');
SELECT is(pg_temp.sees('r_stew'), 'north/arts', 'a steward the own department');
SELECT is(pg_temp.sees('r_member'), 'north/physics', 'a person the own usage');
SELECT is(pg_temp.sees('r_teach'), '', 'a teacher not who used what');
UPDATE org.institution SET shows_names = true WHERE code = 'north';
SELECT is(pg_temp.sees('r_teach', 'SELECT group_code FROM report.charge_detail'), 'phys101', 'but of the own course, where the institution shows names');
SELECT is(pg_temp.sees('r_north', 'SELECT institution FROM report.institution'), 'north', 'of the others not even that they are');
SELECT is(pg_temp.sees('r_north', 'SELECT DISTINCT hub FROM report.rating_reconciliation'), 'hn', 'nor their usage');
SELECT is(pg_temp.sees('r_north', 'SELECT DISTINCT institution FROM report.department_month'), 'north', 'nor sums');
SELECT is(pg_temp.sees('r_science', 'SELECT DISTINCT department FROM report.department_cost'), 'physics', 'sums of the own subtree');
SELECT is(pg_temp.sees('hm_dashboard', 'SELECT DISTINCT institution FROM report.department_month'), 'north south', 'dashboards see sums');
SELECT throws_ok($$ SELECT pg_temp.sees('hm_dashboard') $$, '42501', NULL, 'and no names');
SELECT throws_ok($$ SELECT pg_temp.sees('r_member', 'SELECT department FROM report.department_cost') $$, '42501', NULL, 'members no sums of departments');

-- For whom the web asks is what counts, and nothing else.
SELECT is(pg_temp.sees('hm_web'), '', 'nobody sees nothing');
SELECT is(pg_temp.sees('hm_web', who => 'hn:ada'), 'north/physics', 'a person of a hub the own usage');
SELECT is(pg_temp.sees('hm_web', who => 'hs:ada'), '', 'by the hub that says so');
SELECT is(pg_temp.sees('hm_web', who => 'hn:'), '', 'not by an empty name');
SELECT is(pg_temp.sees('hm_web', who => 'ada'), '', 'nor by none');
SELECT is(pg_temp.sees('hm_web', who => 'proxy:dean'), 'north/arts', 'by the rows of the identity');
SELECT is(pg_temp.sees('hm_web', who => 'local:all'), 'north/(suspense) north/arts north/physics south/law', 'also all');
SELECT is(pg_temp.sees('hm_web', who => 'r_all'), '', 'a role of the database is nobody on the web');
SELECT is(pg_temp.sees('r_member', who => 'local:all'), 'north/physics', 'and who signs in to the database can''t say to be somebody');

-- What is nobody's own is for those who see all of an institution.
CREATE FUNCTION pg_temp.whole(login text, who text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(v, ' ' ORDER BY v)
    FROM (SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = 'report'::regnamespace AND c.relkind = 'v'
            AND c.relname NOT IN ('institution', 'charge_detail', 'user_cost', 'fee_cost', 'group_cost', 'course_cost', 'course_student',
                                  'unit_economics', 'market_cost', 'department_rate', 'suspense', 'suspense_age', 'unknown_user', 'adjustment', 'bill_cost',
                                  'bill_detail', 'focus_charge')) AS k (v)
    WHERE pg_temp.sees(login, format('SELECT 1 FROM report.%I LIMIT 1', v), who) <> '' $$;
SELECT ok(pg_temp.whole('r_north') ~ 'rating_reconciliation', 'an institution sees what is the whole''s: ' || pg_temp.whole('r_north'));
SELECT is(pg_temp.whole('hm_web', 'hn:ada'), NULL, 'a person nothing of it');
SELECT is(pg_temp.whole('hm_web', 'proxy:dean'), 'department_cost department_month department_tree_cost idle_cost', 'a department its own sums');

SELECT is_empty($$ SELECT c.relname FROM pg_class AS c
                   WHERE c.relnamespace = 'report'::regnamespace AND c.relkind = 'v'
                     AND pg_get_viewdef(c.oid) ~ 'whole_institution|seen_hubs'
                     AND NOT coalesce('security_barrier=true' = ANY (c.reloptions), false) $$,
                'no condition of a question is asked of rows that are filtered out after it');

-- Explanations read with the owner's rights, so they ask the same.
CREATE FUNCTION pg_temp.explained(login text, who text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.sees(login, format('SELECT DISTINCT report.explain_line(l) ->> ''username'' FROM unnest(%L::bigint[]) AS l',
                                      ARRAY(SELECT line_id FROM charge.line)), who) $$;
SELECT is(pg_temp.explained('r_all'), 'ada bob eve nobody', 'explained to finance');
SELECT is(pg_temp.explained('r_north'), 'ada bob nobody', 'to an institution');
SELECT is(pg_temp.explained('hm_web', 'hn:ada'), 'ada', 'to a person');
SELECT throws_ok(format($$ SELECT pg_temp.sees('r_north', 'SELECT report.share_evidence(%s, 1)') $$, (SELECT min(line_id) FROM charge.line)),
                 '42501', NULL, 'not by its parts');

-- A department that moves: what was used before stays with whom it was then.
SELECT pg_temp.import('org', E'institution,name,unit,parent,valid_from,valid_to\nnorth,Physics,physics,science,,2026-05-11\nnorth,Physics,physics,arts,2026-05-11,\n') \g /dev/null
SELECT is(pg_temp.sees('r_stew', 'SELECT DISTINCT department FROM report.charge_detail'), 'arts', 'usage from before the move is not the new dean''s');
SELECT is(pg_temp.sees('r_science', 'SELECT DISTINCT department FROM report.charge_detail'), 'physics', 'it stays the old one''s');
SELECT is(pg_temp.sees('r_science', 'SELECT department FROM report.department_month'), '', 'the month of the move is in the details alone');
SELECT is(pg_temp.sees('r_science', 'SELECT scope || ''/'' || code FROM report.sight()'), 'unit/physics unit/science', 'whoever asks is told what they may see');
SELECT * FROM finish();
ROLLBACK;

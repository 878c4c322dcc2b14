-- What departments cost with all that is below them, as the tree was and as it is.
BEGIN;
\ir ../fixture.sql
SELECT plan(12);

SELECT pg_temp.import('org', E'institution,name,time_zone,currency,unit,parent,hub,valid_from,valid_to\nuni,University,UTC,USD,,,,,\nuni,Science,,,science,,,,\nuni,Arts,,,arts,,,,\nuni,Physics,,,physics,science,,,2026-05-11\nuni,Physics,,,physics,arts,,2026-05-11,\nuni,Optics,,,optics,physics,,,\nuni,,,,,,h,,\n') \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\no,O,h,o\np,P,h,p\ns,S,h,s\na,A,h,a\n') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,home,valid_from\no,uni,optics,yes,2026-01-01\np,uni,physics,yes,2026-01-01\ns,uni,science,yes,2026-01-01\na,uni,arts,yes,2026-01-01\n') \g /dev/null
SELECT pg_temp.import('prices', E'institution,class,resource,rate,valid_from,valid_to\nuni,,cpu,1,2026-01-01,\n') \g /dev/null
SELECT pg_temp.import('fees', E'institution,fee,kind,name,unit,annual_fee,hubs,tiers,first_month,last_month\nuni,mau,active users,Users,optics,,h,0:10,2026-04,2026-05\n') \g /dev/null
-- An hour of a core costs 1 USD.
SELECT pg_temp.use(pg_temp.workload('h', u, u || d), '', d::timestamptz, d::timestamptz + interval '1 hour', cores => c)
FROM (VALUES ('o', '2026-04-10 10:00Z', 1), ('o', '2026-05-10 10:00Z', 1), ('o', '2026-05-12 10:00Z', 2), ('p', '2026-05-12 10:00Z', 4),
             ('s', '2026-05-10 10:00Z', 8), ('a', '2026-05-10 10:00Z', 16), ('nobody', '2026-05-12 10:00Z', 32)) AS k (u, d, c) \g /dev/null
SELECT pg_temp.rate(), (SELECT added FROM charge.rate_fees()) \g /dev/null

CREATE VIEW pg_temp.seen AS
SELECT month, tree, department, parent, usage_amount::integer AS own, below_usage_amount::integer AS below, fee_amount::integer AS fee, below_fee_amount::integer AS below_fee
FROM report.department_tree_cost;
SELECT results_eq($$ SELECT department, parent, own, below, fee, below_fee FROM pg_temp.seen WHERE month = '2026-04-01' AND tree = 'as it was' ORDER BY 1 $$, $$ VALUES
    ('optics', 'physics', 1, 0, 10, 0), ('physics', 'science', 0, 1, 0, 10), ('science', NULL, 0, 1, 0, 10) $$, 'before a department moved');
SELECT results_eq($$ SELECT department, parent, own, below, fee, below_fee FROM pg_temp.seen WHERE month = '2026-04-01' AND tree = 'as it is' ORDER BY 1 $$, $$ VALUES
    ('arts', NULL, 0, 1, 0, 10), ('optics', 'physics', 1, 0, 10, 0), ('physics', 'arts', 0, 1, 0, 10) $$, 'as if it had always been where it is');
SELECT results_eq($$ SELECT department, parent, own, below FROM pg_temp.seen WHERE month = '2026-05-01' AND tree = 'as it was' ORDER BY 1 $$, $$ VALUES
    ('(suspense)', NULL, 32, 0), ('arts', NULL, 16, 6), ('optics', 'physics', 3, 0), ('physics', 'arts', 4, 3), ('science', NULL, 8, 1) $$, 'in the month of the move by the time of use');
SELECT results_eq($$ SELECT department, parent, own, below FROM pg_temp.seen WHERE month = '2026-05-01' AND tree = 'as it is' ORDER BY 1 $$, $$ VALUES
    ('(suspense)', NULL, 32, 0), ('arts', NULL, 16, 7), ('optics', 'physics', 3, 0), ('physics', 'arts', 4, 3), ('science', NULL, 8, 0) $$, 'and as it is');
SELECT results_eq($$ SELECT tree, sum(below_fee)::integer FROM pg_temp.seen WHERE month = '2026-05-01' AND department IN ('arts', 'science') GROUP BY 1 ORDER BY 1 $$, $$ VALUES ('as it is', 50), ('as it was', 50) $$, 'fees go up likewise');

-- Laws
SELECT is_empty($$ SELECT FROM (SELECT tree, month, currency, sum(usage_amount + below_usage_amount) AS u, sum(bill_amount + below_bill_amount) AS b, sum(fee_amount + below_fee_amount) AS f
                                FROM report.department_tree_cost WHERE parent IS NULL GROUP BY 1, 2, 3) AS t
                   FULL JOIN (SELECT k.tree, month, currency, sum(usage_amount) AS u, sum(bill_amount) AS b, sum(fee_amount) AS f
                              FROM report.department_month, (VALUES ('as it was'), ('as it is')) AS k (tree) GROUP BY 1, 2, 3) AS d USING (tree, month, currency)
                   WHERE (t.u, t.b, t.f) IS DISTINCT FROM (d.u, d.b, d.f) $$, 'the tops add up to the departments, in both trees');
SELECT is_empty($$ SELECT FROM (SELECT k.tree, d.* FROM report.department_month AS d, (VALUES ('as it was'), ('as it is')) AS k (tree)) AS d
                   LEFT JOIN report.department_tree_cost AS t USING (institution, month, department, tree, currency)
                   WHERE (t.usage_amount, t.bill_amount, t.fee_amount) IS DISTINCT FROM (d.usage_amount, d.bill_amount, d.fee_amount) $$, 'what is a department''s own is that of the month');

-- Who sees what
CREATE ROLE t_science LOGIN IN ROLE hm_steward;
CREATE ROLE t_arts LOGIN IN ROLE hm_steward;
SELECT pg_temp.import('readers', E'login,scope,institution,code\nt_science,unit,uni,science\nt_arts,unit,uni,arts\n') \g /dev/null
CREATE FUNCTION pg_temp.sees(login text, question text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', login);
    EXECUTE format('SELECT coalesce(string_agg(translate(q::text, ''()'', ''''), '' '' ORDER BY q), '''') FROM (%s) AS q', question) INTO answer;
    RESET SESSION AUTHORIZATION;
    RETURN answer;
END
$$;
\set asked 'SELECT tree, department, usage_amount::integer, below_usage_amount::integer FROM report.department_tree_cost WHERE month = '
SELECT is(pg_temp.sees('t_science', :'asked' || '''2026-04-01'''), '"as it is",optics,1,0 "as it is",physics,0,1 "as it was",optics,1,0 "as it was",physics,0,1 "as it was",science,0,1', 'what was below a department is its own, and what it is now below is not told');
SELECT is(pg_temp.sees('t_science', :'asked' || '''2026-05-01'''), '"as it is",science,8,0 "as it was",science,8,0', 'the month of the move is in the details alone, as for the departments');
SELECT is(pg_temp.sees('t_arts', :'asked' || '''2026-04-01'''), '', 'usage from before the move is not the new dean''s, in no tree');
SELECT is(pg_temp.sees('t_arts', 'SELECT count(*) FROM report.department_tree_cost WHERE department NOT IN (''arts'', ''physics'', ''optics'')'), '0', 'nor are others');
SELECT is(pg_temp.sees('hm_dashboard', 'SELECT sum(usage_amount)::integer FROM report.department_tree_cost WHERE tree = ''as it was'''), '64', 'dashboards see all');
SELECT * FROM finish();
ROLLBACK;

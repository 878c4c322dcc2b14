-- Each role can do what it must, and is refused what it must not.
BEGIN;
\ir ../fixture.sql
SELECT plan(160);

CREATE FUNCTION pg_temp.may(role text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT lives_ok(format('SELECT pg_temp.as_role(%L, %L)', role, statement), role || ' may: ' || left(statement, 60)) $$;
CREATE FUNCTION pg_temp.may_not(role text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT throws_ok(format('SELECT pg_temp.as_role(%L, %L)', role, statement), '42501', NULL, role || ' may not: ' || left(statement, 60)) $$;

SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'w'), '', '2026-05-01 00:00Z', '2026-05-01 01:00Z', cores => 1);
SELECT pg_temp.stage('people', E'person,name,hub,username\np1,Ann,h,ann');

-- the aggregator
SELECT pg_temp.may('hm_aggregator', $$ SELECT usage.ensure_month('2031-01-01') $$);
SELECT pg_temp.may('hm_aggregator', $$ INSERT INTO usage.hub (name) VALUES ('x') $$);
SELECT pg_temp.may('hm_aggregator', $$ UPDATE usage.workload SET username = 'ann' $$);
SELECT pg_temp.may('hm_aggregator', $$ UPDATE usage.slot SET cpu_used_usec = cpu_used_usec + 1 $$);
SELECT pg_temp.may('hm_aggregator', $$ INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-05-01' FROM usage.hub $$);
SELECT pg_temp.may('hm_aggregator', $$ INSERT INTO ingest.partition (topic, partition, next_offset) VALUES ('usage.h.v1', 0, 0) $$);
SELECT pg_temp.may('hm_aggregator', $$ DELETE FROM ingest.gap $$);
SELECT pg_temp.may('hm_aggregator', $$ CREATE TEMPORARY TABLE staged_rows (n int) $$);
SELECT pg_temp.may_not('hm_aggregator', $$ DELETE FROM ingest.watermark $$);
SELECT pg_temp.may_not('hm_aggregator', $$ DELETE FROM usage.slot $$);
SELECT pg_temp.may_not('hm_aggregator', $$ TRUNCATE usage.slot $$);
SELECT pg_temp.may_not('hm_aggregator', $$ DELETE FROM ingest.partition $$);
SELECT pg_temp.may_not('hm_aggregator', $$ DELETE FROM ingest.quarantine $$);
SELECT pg_temp.may_not('hm_aggregator', $$ DELETE FROM ingest.dirty_day $$);
SELECT pg_temp.may_not('hm_aggregator', $$ SELECT FROM charge.line $$);
SELECT pg_temp.may_not('hm_aggregator', $$ SELECT FROM org.person $$);
SELECT pg_temp.may_not('hm_aggregator', $$ SELECT FROM report.department_cost $$);
SELECT pg_temp.may_not('hm_aggregator', $$ CREATE TABLE usage.mine (n int) $$);
SELECT pg_temp.may_not('hm_aggregator', $$ SELECT charge.rate_day(1, '2026-05-01', 1) $$);

-- the rater: rates, imports, reports
SELECT pg_temp.may('hm_rater', $$ SELECT charge.rate_day(hub_id, day, charge.begin_run('usage', '')) FROM charge.dirty_days() $$);
SELECT pg_temp.may('hm_rater', $$ SELECT import.apply_file('people') FROM (SELECT count(*) FROM import.check_file('people')) c $$);
SELECT pg_temp.stage('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,,yes') FROM
    (SELECT pg_temp.import('org', E'institution,time_zone,currency,unit,parent,name,hub\ntu,UTC,USD,,,TU,\ntu,,,bio,,B,')) i;
SELECT pg_temp.may('hm_rater', $$ SELECT import.apply_file('memberships') FROM (SELECT count(*) FROM import.check_file('memberships')) c $$);
SELECT pg_temp.stage('prices', E'institution,resource,class,rate,market_rate,valid_from,valid_to\ntu,cpu,,1,,2026-01-01,');
SELECT pg_temp.may('hm_rater', $$ SELECT import.apply_file('prices') FROM (SELECT count(*) FROM import.check_file('prices')) c $$);
SELECT pg_temp.stage('org', E'institution,time_zone,currency,unit,parent,name,hub\ntu,UTC,USD,,,TUV,\ntu,,,bio,sci,B,\ntu,,,sci,,S,\ntu,,,,,,h');
SELECT pg_temp.may('hm_rater', $$ SELECT import.apply_file('org') FROM (SELECT count(*) FROM import.check_file('org')) c $$);
SELECT pg_temp.may('hm_rater', $$ SELECT charge.rate_day(hub_id, day, charge.begin_run('usage', '')) FROM charge.dirty_days() $$);
SELECT pg_temp.may('hm_rater', $$ SELECT FROM report.department_cost $$);
SELECT pg_temp.may('hm_rater', $$ SELECT FROM report.node_reconciliation $$);
SELECT pg_temp.may('hm_rater', $$ SELECT FROM audit.change $$);
SELECT results_eq($$ SELECT department, used, amount FROM report.department_cost WHERE institution = 'tu' $$,
    $$ VALUES ('bio', 3600.000004, 1.0) $$, 'and what it imported and rated is there');
SELECT pg_temp.may_not('hm_rater', $$ INSERT INTO usage.hub (name) VALUES ('y') $$);
SELECT pg_temp.may_not('hm_rater', $$ UPDATE usage.slot SET cpu_used_usec = 0 $$);
SELECT pg_temp.may('hm_rater', $$ LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE $$);
SELECT pg_temp.may('hm_rater', $$ SELECT charge.note_failure(hub_id, '2026-05-01', 'no') FROM usage.hub $$);
SELECT pg_temp.may('hm_rater', $$ SELECT FROM charge.run, charge.run_day, charge.run_total, charge.share, charge.workload_group $$);
SELECT pg_temp.may_not('hm_rater', format('%s charge.%s', o, t))
FROM unnest(ARRAY['line', 'share', 'run', 'run_day', 'run_total', 'workload_group', 'failed_day', 'touched_day', 'rating_turn']) t,
     unnest(ARRAY['DELETE FROM', 'TRUNCATE']) o;
SELECT pg_temp.may_not('hm_rater', $$ UPDATE charge.line SET amount = 0 $$);
SELECT pg_temp.may_not('hm_rater', $$ UPDATE charge.share SET amount = 0 $$);
SELECT pg_temp.may_not('hm_rater', $$ INSERT INTO charge.run (reason) VALUES ('usage') $$);
SELECT pg_temp.may_not('hm_rater', $$ DELETE FROM ingest.dirty_day $$);
SELECT pg_temp.may_not('hm_rater', $$ INSERT INTO ingest.dirty_day (hub_id, day) VALUES (1, '2026-05-01') $$);
SELECT pg_temp.may_not('hm_rater', $$ DELETE FROM org.membership $$);
SELECT pg_temp.may_not('hm_rater', $$ DELETE FROM price.book $$);
SELECT pg_temp.may_not('hm_rater', $$ INSERT INTO audit.change (table_name, operation) VALUES ('x', 'INSERT') $$);
SELECT pg_temp.may_not('hm_rater', $$ DELETE FROM audit.change $$);
SELECT pg_temp.may_not('hm_rater', $$ UPDATE ingest.partition SET next_offset = 0 $$);

-- finance: the report views, all of them, and nothing else
SELECT pg_temp.may('hm_finance', format('SELECT * FROM report.%I', viewname)) FROM pg_views WHERE schemaname = 'report' ORDER BY viewname;
SELECT pg_temp.may_not('hm_finance', $$ SELECT FROM charge.line $$);
SELECT pg_temp.may_not('hm_finance', $$ SELECT FROM org.person $$);
SELECT pg_temp.may_not('hm_finance', $$ SELECT FROM usage.slot $$);
SELECT pg_temp.may_not('hm_finance', $$ SELECT FROM audit.change $$);
SELECT pg_temp.may_not('hm_finance', $$ CREATE TEMPORARY TABLE mine (n int) $$);

-- who approves plans: reads them, and enters nothing
SELECT pg_temp.may('hm_controller', format('SELECT * FROM report.%I', v)) FROM unnest(ARRAY['plan_version', 'invalid_chart_string', 'plan_leg', 'plan_assignment']) v;
SELECT pg_temp.may_not('hm_controller', $$ UPDATE fund.plan_version SET approved_at = now() $$);
SELECT pg_temp.may_not('hm_controller', $$ INSERT INTO fund.plan (institution_id, code) VALUES (1, 'x') $$);
SELECT pg_temp.may_not('hm_controller', $$ SELECT import.apply_file('plans') $$);
SELECT pg_temp.may_not('hm_controller', $$ SELECT FROM charge.line $$);
SELECT pg_temp.may_not('hm_controller', $$ SELECT FROM org.person $$);
SELECT pg_temp.may_not('hm_controller', $$ CREATE TEMPORARY TABLE mine (n int) $$);

-- who looks after budgets: tests/pg/test_budget.py says more
SELECT pg_temp.may('hm_steward', format('SELECT * FROM report.%I', v)) FROM unnest(ARRAY['budget_status', 'alert']) v;
SELECT pg_temp.may('hm_controller', format('SELECT * FROM report.%I', v)) FROM unnest(ARRAY['budget_status', 'alert']) v;
SELECT pg_temp.may_not('hm_steward', format('SELECT FROM %s', t)) FROM unnest(ARRAY['charge.line', 'fund.day_total', 'org.person', 'budget.steward']) t;
SELECT pg_temp.may_not('hm_steward', $$ DELETE FROM budget.budget $$);
SELECT pg_temp.may_not('hm_controller', $$ UPDATE budget.budget SET amount = 0 $$);

-- the operator of a hub
SELECT pg_temp.may('hm_hub_ro', $$ SELECT FROM usage.slot, ingest.partition, ingest.quarantine, usage.node_slot $$);
SELECT pg_temp.may_not('hm_hub_ro', $$ UPDATE usage.slot SET cpu_used_usec = 0 $$);
SELECT pg_temp.may_not('hm_hub_ro', $$ INSERT INTO ingest.dirty_day (hub_id, day) VALUES (1, '2026-01-01') $$);
SELECT pg_temp.may_not('hm_hub_ro', $$ SELECT FROM charge.line $$);
SELECT pg_temp.may_not('hm_hub_ro', $$ SELECT FROM org.person $$);
SELECT pg_temp.may_not('hm_hub_ro', $$ SELECT FROM report.user_cost $$);

-- nobody makes tables in public
SELECT pg_temp.may_not(r, 'CREATE TABLE public.mine (n int)') FROM unnest(ARRAY['hm_aggregator', 'hm_finance']) r;

-- nor large objects, and nobody runs for ever
SELECT pg_temp.may_not(r, f) FROM unnest(ARRAY['hm_aggregator', 'hm_rater', 'hm_finance', 'hm_hub_ro']) r,
    unnest(ARRAY['SELECT lo_create(0)', $$ SELECT lo_from_bytea(0, 'x') $$, 'SELECT lo_creat(-1)']) f;
SELECT is(count(*), 14::bigint, 'every role has a statement_timeout and a temp_file_limit')
FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) c
WHERE s.setdatabase = 0 AND r.rolname ~ '^hm_'
  AND c ~ '^(statement_timeout|temp_file_limit)=[1-9]';

SELECT * FROM finish();
ROLLBACK;

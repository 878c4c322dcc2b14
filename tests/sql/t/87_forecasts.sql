-- Funds and budgets day by day, and whether funds last.
BEGIN;
\ir ../fixture.sql
SELECT plan(14);

CREATE FUNCTION pg_temp.ago(n integer) RETURNS date LANGUAGE sql AS $$ SELECT (now() AT TIME ZONE 'UTC')::date - n $$;
SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name
tu,UTC,USD,,,Testville University
tu,,,sci,,Science
tu,,,phys,sci,Physics
tu,,,law,,Law
$$) \g /dev/null
SELECT pg_temp.import('funds', format($$
institution,fund,name,kind,chart_string,start,end,last_posting,amount,overdraw
tu,A,Young,gift,1,%s,%s,,1000,
tu,B,Open,gift,2,,,,100,12
tu,C,Gone,gift,3,%s,%s,,10,
tu,D,No limit,operating,4,,,,,
tu,E,Not yet,gift,5,%s,,,10,
tu,F,Over,gift,6,%s,%s,,50,
$$, pg_temp.ago(10), pg_temp.ago(-30), pg_temp.ago(60), pg_temp.ago(-30), pg_temp.ago(-5), pg_temp.ago(60), pg_temp.ago(31))) \g /dev/null
SELECT pg_temp.import('amendments', format(E'institution,fund,kind,amount,start,end,last_posting,effective,reference\ntu,A,increment,500,,,,%s,A1', pg_temp.ago(3))) \g /dev/null
SELECT pg_temp.import('plans', E'institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver\ntu,P,2000-01-01,1,1,A,1000000,gift,ann,bob\n'
    || string_agg(format('tu,P,2000-01-01,%s,1,%s,1000000,,,', n, f), E'\n')) FROM unnest('{B,C,E,F,D}'::text[]) WITH ORDINALITY AS u (f, o), LATERAL (SELECT o + 1 AS n) AS k \g /dev/null

-- what a fund paid for a day
CREATE FUNCTION pg_temp.pay(of_fund text, of_day date, of_unit text, dollars numeric) RETURNS void LANGUAGE sql AS $$
    INSERT INTO fund.day_total (institution_id, day, month, period, plan_leg_id, unit_id, currency, amount)
    SELECT i.institution_id, of_day, date_trunc('month', of_day), date_trunc('month', of_day),
           (SELECT plan_leg_id FROM fund.plan_leg JOIN fund.fund USING (fund_id) WHERE code = of_fund), (SELECT unit_id FROM org.unit u WHERE u.institution_id = i.institution_id AND u.code = of_unit), i.currency, dollars
    FROM org.institution i WHERE i.code = 'tu' $$;
SELECT pg_temp.pay(f, pg_temp.ago(n), NULL, dollars)
FROM (VALUES ('A', 10, 30), ('A', 3, 14), ('A', 1, 6), ('A', 0, 5), ('B', 40, 2), ('B', 28, 14), ('B', 20, 7), ('B', 2, 7), ('C', 50, 4), ('C', 45, 6), ('D', 1, 28), ('F', 31, 28)) AS v (f, n, dollars) \g /dev/null
SELECT pg_temp.pay('D', pg_temp.ago(1), 'law', 0.000000001) \g /dev/null

-- day by day
SELECT results_eq($$ SELECT institution, day, amount, spent, authorised, balance, currency FROM report.fund_day WHERE fund = 'A' ORDER BY day $$, $$ VALUES
    ('tu', pg_temp.ago(10), 30.0, 30.0, 1000.00, 970.0, 'USD'), ('tu', pg_temp.ago(3), 14, 44, 1500, 1456, 'USD'), ('tu', pg_temp.ago(1), 6, 50, 1500, 1450, 'USD'), ('tu', pg_temp.ago(0), 5, 55, 1500, 1445, 'USD') $$,
    'what a fund paid, and what it was worth on that day');
SELECT results_eq($$ SELECT day, amount, spent, authorised, balance FROM report.fund_day WHERE fund = 'D' $$, $$ VALUES (pg_temp.ago(1), 28.000000001, 28.000000001, NULL::numeric, NULL::numeric) $$, 'a fund without a limit; departments together');
SELECT is_empty($$ SELECT FROM report.fund_day WHERE fund = 'E' $$, 'no row of what paid nothing');
SELECT results_eq('SELECT DISTINCT ON (institution, fund) institution, fund, spent FROM report.fund_day ORDER BY institution, fund, day DESC', 'SELECT institution, fund, spent FROM report.fund_balance WHERE spent <> 0 ORDER BY 1, 2', 'the last day is the balance');

-- whether they last
CREATE VIEW pg_temp.forecast AS SELECT fund, status, spent, daily_rate, forecast, forecast_low AS low, forecast_high AS high, run_out_day FROM report.fund_forecast;
SELECT results_eq($$ SELECT * FROM pg_temp.forecast WHERE fund = 'A' $$, $$ VALUES ('A', 'active', 55.0, 5.0, 205.0, 138.571428571, 205.0, NULL::date) $$,
    'ten complete days at 5 a day and 31 to go; the one whole week of them was slower');
SELECT results_eq($$ SELECT * FROM pg_temp.forecast WHERE fund = 'B' $$, $$ VALUES ('B', 'active', 30.0, 1.0, NULL::numeric, NULL::numeric, NULL::numeric, pg_temp.ago(-82)) $$,
    'without a last day: only when it runs out, overdraw included');
SELECT results_eq($$ SELECT * FROM pg_temp.forecast WHERE fund = 'C' $$, $$ VALUES ('C', 'exhausted', 10.0, 0.0, 10.0, 10.0, 10.0, pg_temp.ago(45)) $$, 'what is gone ran out when the last of it was paid');
SELECT results_eq($$ SELECT * FROM pg_temp.forecast WHERE fund > 'C' ORDER BY 1 $$, $$ VALUES
    ('D', 'active', 28.000000001, 1.0, NULL::numeric, NULL::numeric, NULL::numeric, NULL::date), ('E', 'not started', 0, NULL, NULL, NULL, NULL, NULL), ('F', 'ended', 28, 1, 28, 28, 28, NULL) $$,
    'without a limit, not begun, over');
SELECT pg_temp.pay('A', pg_temp.ago(8), NULL, 970) \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.forecast WHERE fund = 'A' $$, $$ VALUES ('A', 'active', 1025.0, 102.0, 4182.0, 1108.571428571, 4182.0, pg_temp.ago(-4)) $$, 'at 102 a day 480 last for four more, and not for a fifth');
SELECT results_eq('SELECT institution, fund, name, kind, status, authorised, spent, held, available, first_day, last_day, currency FROM report.fund_forecast ORDER BY 1, 2',
    'SELECT institution, fund, name, kind, status, authorised, spent, held, available, first_day, last_day, currency FROM report.fund_balance ORDER BY 1, 2', 'all else is the balance');

-- budgets
SELECT pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,sci,2025,100,p\ntu,phys,2025,40,d\ntu,law,2025,7,p') \g /dev/null
SELECT pg_temp.pay('D', d::date, u, dollars) FROM (VALUES ('2024-12-31', 'phys', 1000), ('2025-03-01', 'phys', 10), ('2025-03-01', 'sci', 1.5), ('2025-03-01', 'law', 3), ('2025-03-05', 'phys', -2), ('2025-12-31', 'sci', 100)) AS v (d, u, dollars) \g /dev/null
SELECT results_eq('SELECT institution, unit, fiscal_year, day::text, amount, spent, budget, currency FROM report.budget_day ORDER BY unit, day', $$ VALUES
    ('tu', 'law', 2025, '2025-03-01', 3.0, 3.0, 7.00, 'USD'), ('tu', 'phys', 2025, '2025-03-01', 10, 10, 40, 'USD'), ('tu', 'phys', 2025, '2025-03-05', -2, 8, 40, 'USD'),
    ('tu', 'sci', 2025, '2025-03-01', 11.5, 11.5, 100, 'USD'), ('tu', 'sci', 2025, '2025-03-05', -2, 9.5, 100, 'USD'), ('tu', 'sci', 2025, '2025-12-31', 100, 109.5, 100, 'USD') $$, 'days of the fiscal year, with all below');
SELECT results_eq('SELECT DISTINCT ON (unit, fiscal_year) unit, fiscal_year, spent FROM report.budget_day ORDER BY unit, fiscal_year, day DESC', 'SELECT unit, fiscal_year, spent FROM report.budget_status ORDER BY 1, 2', 'the last day is what is spent');

-- who sees them
CREATE ROLE sam LOGIN IN ROLE hm_steward;
SELECT pg_temp.import('stewards', E'login,institution,unit,valid_from,valid_to\nsam,tu,phys,2026-01-01,') \g /dev/null
SELECT lives_ok($$ SELECT pg_temp.as_login('sam', $do$ DO 'BEGIN ASSERT (SELECT array_agg(DISTINCT unit) FROM report.budget_day) = ARRAY[''phys'']; END' $do$) $$, 'a steward sees the days of own departments');
SELECT pg_temp.as_role('hm_finance', format('SELECT * FROM report.%I', v)) FROM unnest(ARRAY['fund_day', 'fund_forecast', 'budget_day']) v \g /dev/null
SELECT pass('finance may see all of it');

SELECT * FROM finish();
ROLLBACK;

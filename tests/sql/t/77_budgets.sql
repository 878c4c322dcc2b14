-- Budgets: what files may say, what is delegated, who sets what, what is spent and whether it lasts, and alerts.
BEGIN;
\ir ../fixture.sql
SELECT plan(54);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,fiscal_year_start
tu,America/New_York,USD,,,Testville University,7
tu,,,sci,,Science,
tu,,,phys,sci,Physics,
tu,,,lab,phys,Laser Lab,
tu,,,bio,sci,Biology,
tu,,,law,,Law,
ou,Asia/Tokyo,JPY,,,Other University,
ou,,,sci,,Science,
$$) \g /dev/null
CREATE FUNCTION pg_temp.unit(of_code text) RETURNS integer LANGUAGE sql AS $$
    SELECT unit_id FROM org.unit JOIN org.institution i USING (institution_id) WHERE org.unit.code = of_code AND i.code = 'tu' $$;
CREATE FUNCTION pg_temp.budgets() RETURNS TABLE (unit text, fiscal_year integer, amount numeric, delegated_by text, parent text) LANGUAGE sql AS $$
    SELECT u.code, b.fiscal_year, b.amount, b.delegated_by, pu.code FROM budget.budget b JOIN org.unit u USING (unit_id)
    LEFT JOIN budget.budget p ON p.budget_id = b.parent_budget_id LEFT JOIN org.unit pu ON pu.unit_id = p.unit_id $$;

-- fiscal years
SELECT results_eq($$ SELECT y, s, org.year_first_day(y, s), org.fiscal_year(org.year_first_day(y, s), s), org.fiscal_year(org.year_first_day(y + 1, s) - 1, s), org.fiscal_year(org.year_first_day(y + 1, s), s)
                     FROM (VALUES (2026, 1), (2027, 7), (2027, 12)) v (y, s) $$, $$ VALUES
    (2026, 1, '2026-01-01'::date, 2026, 2026, 2027), (2027, 7, '2026-07-01', 2027, 2027, 2028), (2027, 12, '2026-12-01', 2027, 2027, 2028) $$, 'a fiscal year is called after the year it ends in');

-- files
SELECT results_eq($$ SELECT pg_temp.complaints('budgets', E'institution,unit,fiscal_year,amount,delegated_by\nxx,sci,26,-1,\n,,2026,1.005,dean\ntu,nil,2026,,dean\ntu,sci,2026,1,dean\ntu,sci,2026,2,dean\ntu,sci,2027,2,dean') $$, $$ VALUES
    ('2 amount: must not be negative'), ('2 delegated_by: is required'), ('2 fiscal_year: is not a year such as 2027'), ('2 institution: unknown institution'),
    ('3 amount: is not an amount such as 180000.00'), ('3 institution: is required'), ('3 unit: is required'),
    ('4 amount: is required'), ('4 unit: unknown department of tu'), ('6 unit: is already in line 5') $$, 'budgets: complaints');
SELECT is(pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,lab,2026,100,chair\ntu,sci,2026,1000,provost\ntu,bio,2026,300.50,dean\nou,sci,2026,5,them'), 4::bigint, 'budgets of a year, in any order');
SELECT results_eq('SELECT * FROM pg_temp.budgets() ORDER BY 1, 3', $$ VALUES ('bio', 2026, 300.50, 'dean', 'sci'), ('lab', 2026, 100.00, 'chair', 'sci'), ('sci', 2026, 5.00, 'them', NULL), ('sci', 2026, 1000.00, 'provost', NULL) $$,
    'each is delegated from the nearest above that has one');
SELECT is(pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,lab,2026,100,chair\ntu,sci,2026,1000,provost'), 0::bigint, 'the second time nothing changes');
SELECT results_eq($$ SELECT pg_temp.complaints('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,lab,2026,100,chair\ntu,bio,2026,900.01,dean\ntu,phys,2026,50,dean') $$, $$ VALUES
    ('3 amount: 1050.01 USD would be delegated from the budget of sci for 2026, which is 1000.00 USD') $$, 'more than there is: the first row with which it is too much, the amount, the sum');
SELECT results_eq($$ SELECT pg_temp.complaints('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,sci,2026,400.49,provost') $$, $$ VALUES
    ('2 amount: is less than the 400.50 USD that are delegated from it') $$, 'less than is delegated');
SELECT is(pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,sci,2026,400.50,provost'), 1::bigint, 'exactly what is delegated will do');
SELECT is_empty($$ SELECT pg_temp.complaints('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,sci,2026,200,provost\ntu,bio,2026,100,dean') $$, 'less, where less is delegated by the same file');
SELECT results_eq($$ SELECT pg_temp.complaints('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,sci,2027,10,provost\ntu,phys,2027,10,dean\ntu,lab,2027,10.01,chair') $$, $$ VALUES
    ('4 amount: 10.01 USD would be delegated from the budget of phys for 2027, which is 10.00 USD') $$, 'at every step');
SELECT is(pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,phys,2026,0,dean'), 1::bigint, 'a budget in between');
SELECT is((SELECT parent FROM pg_temp.budgets() WHERE unit = 'lab'), 'sci', 'does not take what was delegated past it');
SELECT is(pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,lab,2028,7,chair'), 1::bigint, 'a budget from nowhere');
SELECT is(pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,phys,2028,7,dean\ntu,lab,2028,7,chair'), 2::bigint, 'finds one above it when it is named again');
SELECT is((SELECT parent FROM pg_temp.budgets() WHERE unit = 'lab' AND fiscal_year = 2028), 'phys', 'and is delegated from it');

-- the tree is that of the year
SELECT pg_temp.import('org', E'institution,unit,parent,name,valid_from,valid_to\ntu,bio,sci,Biology,,2031-01-01\ntu,bio,law,Biology,2031-01-01,') \g /dev/null
SELECT pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\n' || string_agg(format(E'tu,sci,%1$s,9,p\ntu,law,%1$s,9,p\ntu,bio,%1$s,9,d', y), E'\n')) FROM unnest(ARRAY[2020, 2029, 2031, 2032]) y \g /dev/null
SELECT results_eq($$ SELECT fiscal_year, parent FROM pg_temp.budgets() WHERE unit = 'bio' AND fiscal_year <> 2026 ORDER BY 1 $$, $$ VALUES (2020, 'sci'), (2029, 'sci'), (2031, 'sci'), (2032, 'law') $$,
    'as of the start of a year to come, whatever comes within it');
SELECT is(pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,bio,2032,8,d'), 1::bigint, 'an amount changes');
SELECT audit.void_rows('org.unit_parent', array_agg(unit_parent_id), 'reorganised') FROM org.unit_parent WHERE unit_id = pg_temp.unit('bio') AND lower(valid) = '2031-01-01 05:00Z' \g /dev/null
SELECT is(pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,bio,2032,7,d'), 1::bigint, 'and again after a reorganisation');
SELECT is((SELECT parent FROM pg_temp.budgets() WHERE unit = 'bio' AND fiscal_year = 2032), 'law', 'which changes nothing about whom it is from');

-- whoever writes
SET CONSTRAINTS ALL IMMEDIATE;
SELECT throws_ok($$ UPDATE budget.budget SET amount = 400.51 FROM org.unit u WHERE u.unit_id = budget.budget.unit_id AND u.code = 'bio' AND fiscal_year = 2026 $$, '23514',
    '500.51 USD would be delegated from the budget of sci for 2026, which is 400.50 USD', 'more than there is is refused');
SELECT throws_ok($$ UPDATE budget.budget SET amount = 300 WHERE unit_id = pg_temp.unit('sci') AND fiscal_year = 2026 $$, '23514',
    '400.50 USD would be delegated from the budget of sci for 2026, which is 300.00 USD', 'and less than is delegated');
SELECT throws_ok('UPDATE budget.budget SET fiscal_year = 2040', '23001', 'a budget stays that of its department and year, and delegated from the same one', 'year and department stay');
SELECT throws_ok($$ UPDATE budget.budget SET parent_budget_id = NULL WHERE parent_budget_id IS NOT NULL $$, '23001', NULL, 'and so does what it is from');
SELECT throws_ok($$ UPDATE budget.budget b SET parent_budget_id = c.budget_id FROM budget.budget c WHERE c.parent_budget_id = b.budget_id AND b.parent_budget_id IS NULL AND b.fiscal_year = 2029 $$, '23514',
    'the budget of sci for 2029 would be delegated from itself', 'nothing is delegated from itself');
SELECT throws_ok('DELETE FROM budget.budget', '23001', NULL, 'budgets are not deleted');
SELECT throws_ok('TRUNCATE budget.budget CASCADE', '23001', NULL, 'nor truncated');
SELECT results_eq($$ SELECT operation, changed_by = session_user, new_row ->> 'amount' FROM audit.change WHERE table_name = 'budget.budget' AND (new_row ->> 'unit_id')::int = pg_temp.unit('sci') AND new_row ->> 'fiscal_year' = '2026' ORDER BY change_id $$, $$ VALUES
    ('INSERT', true, '1000.00'), ('UPDATE', true, '400.50') $$, 'every change is kept');
SET CONSTRAINTS ALL DEFERRED;

-- stewards
SELECT results_eq($$ SELECT pg_temp.complaints('stewards', E'login,institution,unit,valid_from,valid_to\n,xx,,soon,2026-01-01\nann,tu,nil,,\nann,tu,sci,2026-01-01,2026-01-01') $$, $$ VALUES
    ('2 institution: unknown institution'), ('2 login: is required'), ('2 unit: is required'), ('2 valid_from: is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'),
    ('3 unit: unknown department of tu'), ('4 valid_to: is not after valid_from') $$, 'stewards: complaints');
SELECT is(pg_temp.import('stewards', E'login,institution,unit,valid_from,valid_to\nann,tu,sci,2026-01-01,\nbob,tu,phys,2026-01-01,2026-02-01'), 2::bigint, 'stewards');
SELECT is(pg_temp.import('stewards', E'login,institution,unit,valid_from,valid_to\nann,tu,sci,2026-01-01,\nbob,tu,phys,2026-01-01,2026-03-01'), 1::bigint, 'one that stays for longer');
SELECT results_eq($$ SELECT pg_temp.complaints('stewards', E'login,institution,unit,valid_from\nann,tu,sci,2026-06-01') $$, $$ VALUES
    ('2 login: a login is steward of a department once at a time: overlaps one that is stored, ["2026-01-01 05:00:00+00",) (source csv; import that one with its valid_to first, or void it)') $$, 'once at a time');
SELECT throws_ok($$ DELETE FROM budget.steward $$, '23001', NULL, 'they are not deleted');

-- what is spent; every dollar is used at a time
CREATE FUNCTION pg_temp.spend(of_unit text, of_day date, dollars numeric, of_month date DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO fund.day_total (institution_id, day, month, period, plan_leg_id, unit_id, currency, amount)
    SELECT i.institution_id, of_day, coalesce(of_month, date_trunc('month', of_day)), coalesce(of_month, date_trunc('month', of_day)), NULL, pg_temp.unit(of_unit), i.currency, dollars
    FROM org.institution i WHERE i.code = 'tu'
    ON CONFLICT (institution_id, day, month, period, plan_leg_id, unit_id, currency) DO UPDATE SET amount = fund.day_total.amount + excluded.amount $$;
CREATE FUNCTION pg_temp.status(at timestamptz, of_unit text) RETURNS TABLE (spent numeric, available numeric, percent_used numeric, daily_rate numeric, forecast numeric, low numeric, high numeric, run_out_day date) LANGUAGE sql AS $$
    SELECT spent, available, percent_used, daily_rate, forecast, forecast_low, forecast_high, run_out_day FROM budget.status(at) WHERE institution = 'tu' AND unit = of_unit AND fiscal_year = 2026 $$;
SELECT results_eq($$ SELECT * FROM pg_temp.status('2025-06-30 12:00Z', 'sci') $$, $$ VALUES (0::numeric, 400.50, 0.00, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::date) $$, 'before the year there is no pace');
SELECT pg_temp.spend('lab', '2025-07-01', 7, '2025-06-01'), pg_temp.spend('lab', '2025-07-01', 2.5), pg_temp.spend('bio', '2025-07-04', 4.5), pg_temp.spend('law', '2025-07-04', 100), pg_temp.spend('sci', '2026-07-01', 3, '2026-06-01') \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.status('2025-07-06 12:00Z', 'sci') $$, $$ VALUES (7.0, 393.5, 1.75, 1.4, 511.0, 511.0, 511.0, '2026-04-13'::date) $$, 'five complete days: what is used in the year''s months counts, with all below');
SELECT results_eq($$ SELECT * FROM pg_temp.status('2025-07-06 12:00Z', 'lab') $$, $$ VALUES (2.5, 97.5, 2.5, 0.5, 182.5, 182.5, 182.5, '2026-01-17'::date) $$, 'a department by itself');
SELECT results_eq($$ SELECT daily_rate, run_out_day FROM pg_temp.status('2025-07-06 03:59Z', 'sci') $$, $$ VALUES (1.75, '2026-02-14'::date) $$, 'a day is over when it is over in the institution''s calendar');
SELECT pg_temp.spend('bio', '2025-07-12', 7), pg_temp.spend('phys', '2025-07-19', 21), pg_temp.spend('bio', '2025-07-20', 1000) \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.status('2025-07-20 12:00Z', 'sci') $$, $$ VALUES (1035.0, -634.5, 258.43, 1.842105263, 1035.0, 1035.0, 1073.0, '2025-07-20'::date) $$, 'more than the budget: the day on which it was exceeded; two whole weeks');
SELECT pg_temp.spend('bio', '2025-07-20', -1000) \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.status('2025-07-20 12:00Z', 'sci') $$, $$ VALUES (35.0, 365.5, 8.74, 1.842105263, 672.368421053, 381.0, 1073.0, '2026-02-03'::date) $$, 'slow and fast weeks');
SELECT results_eq($$ SELECT * FROM pg_temp.status('2025-09-20 12:00Z', 'sci') $$, $$ VALUES (35.0, 365.5, 8.74, 0.0, 35.0, 35.0, 35.0, NULL::date) $$, 'who uses nothing for four weeks never runs out');
SELECT results_eq($$ SELECT spent, forecast, low, high, run_out_day FROM pg_temp.status('2030-01-01Z', 'sci') $$, $$ VALUES (38.0, 38.0, 38.0, 38.0, NULL::date) $$, 'a year that is over stays as it was');
SELECT results_eq($$ SELECT unit, is_current FROM budget.status('2025-07-01 03:59Z') WHERE institution = 'tu' AND is_current UNION ALL SELECT unit, is_current FROM budget.status('2025-07-01 04:00Z') WHERE institution = 'tu' AND is_current ORDER BY 1 $$, $$ VALUES ('bio', true), ('lab', true), ('phys', true), ('sci', true) $$, 'the year begins at midnight there');
-- bio belonged to law in the second half of May
SELECT pg_temp.import('org', E'institution,unit,parent,name,valid_from,valid_to\ntu,bio,sci,Biology,,2026-05-15\ntu,bio,law,Biology,2026-05-15,2026-06-01\ntu,bio,sci,Biology,2026-06-01,') \g /dev/null
SELECT pg_temp.spend('bio', '2026-05-14', 0.01), pg_temp.spend('bio', '2026-05-15', 0.1), pg_temp.spend('bio', '2026-06-01', 1, '2026-05-01'), pg_temp.spend('bio', '2026-06-01', 10, '2026-06-01') \g /dev/null
SELECT results_eq($$ SELECT unit, spent FROM budget.status('2026-06-30Z') WHERE institution = 'tu' AND fiscal_year = 2026 AND unit IN ('sci', 'bio') ORDER BY 1 $$, $$ VALUES ('bio', 22.61), ('sci', 45.01) $$, 'the tree is that of the time of use');

-- alerts
SELECT results_eq($$ SELECT pg_temp.complaints('thresholds', E'institution,percent\nxx,0\ntu,80\ntu,080\ntu,1000\ntu,') $$, $$ VALUES
    ('2 institution: unknown institution'), ('2 percent: is not a whole number from 1 to 999'), ('4 percent: is already in line 3'), ('5 percent: is not a whole number from 1 to 999'), ('6 percent: is not a whole number from 1 to 999') $$, 'thresholds: complaints');
CREATE FUNCTION pg_temp.alerts() RETURNS TABLE (code text, percent integer, spent numeric, amount numeric, has_ended boolean) LANGUAGE sql AS $$
    SELECT code, percent, spent, amount, ended_at IS NOT NULL FROM report.alert WHERE fiscal_year = 2026 AND code <> 'phys' ORDER BY id $$;
CREATE FUNCTION pg_temp.raise() RETURNS bigint LANGUAGE sql AS $$ SELECT budget.raise_alerts(institution_id) FROM org.institution WHERE code = 'tu' $$;
SELECT is(pg_temp.raise(), 3::bigint, 'a budget of nothing is used up by whatever is used');
SELECT pg_temp.spend('lab', '2026-06-02', 80.5) \g /dev/null
SELECT is(pg_temp.raise(), 2::bigint, '83 percent: two thresholds at once');
SELECT is(pg_temp.raise(), 0::bigint, 'once');
SELECT results_eq('SELECT * FROM pg_temp.alerts()', $$ VALUES ('lab', 50, 83.0, 100.00, false), ('lab', 80, 83.0, 100.00, false) $$, 'what was spent, and of how much');
SELECT pg_temp.spend('lab', '2026-06-02', -10), pg_temp.raise(), pg_temp.spend('lab', '2026-06-02', 10), pg_temp.raise() \g /dev/null
SELECT results_eq('SELECT * FROM pg_temp.alerts()', $$ VALUES ('lab', 50, 83.0, 100.00, false), ('lab', 80, 83.0, 100.00, true), ('lab', 80, 83.0, 100.00, false) $$, 'a correction, and across again: another one');
SELECT pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,lab,2026,85,c') \g /dev/null
SELECT pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,lab,2026,100,c') \g /dev/null
SELECT pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,lab,2026,81.00,c') \g /dev/null
SELECT results_eq('SELECT percent, amount, has_ended FROM pg_temp.alerts()', $$ VALUES (50, 100.00, false), (80, 100.00, true), (80, 100.00, false), (100, 81.00, false) $$, 'a budget that is cut raises one at once');
SELECT pg_temp.import('budgets', E'institution,unit,fiscal_year,amount,delegated_by\ntu,lab,2026,100,c') \g /dev/null
SELECT is((SELECT has_ended FROM pg_temp.alerts() WHERE percent = 100), true, 'and one that is raised ends it');
SELECT is(pg_temp.import('thresholds', E'institution,percent\ntu,60\ntu,80'), 2::bigint, 'thresholds of one''s own');
SELECT results_eq('SELECT percent, has_ended FROM pg_temp.alerts()', $$ VALUES (50, true), (80, true), (80, false), (100, true), (60, false) $$, 'count at once in place of the others');
SELECT results_eq($$ SELECT pg_temp.import('thresholds', E'institution,percent\ntu,80\ntu,60') UNION ALL SELECT pg_temp.import('thresholds', E'institution,percent\ntu,90') $$, $$ VALUES (0::bigint), (3) $$, 'the file is all there is');
SELECT pg_temp.import('funds', E'institution,fund,name,kind,chart_string,amount\ntu,GIFT,A gift,gift,1,100\ntu,OP,Operating,operating,2,') \g /dev/null
SELECT pg_temp.import('plans', E'institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver\ntu,P,2025-01-01,1,1,GIFT,1000000,gift,ann,bob\ntu,P,2025-01-01,2,1,OP,1000000,,,') \g /dev/null
UPDATE fund.day_total SET plan_leg_id = (SELECT plan_leg_id FROM fund.plan_leg WHERE tier = 1) WHERE unit_id = pg_temp.unit('law');
UPDATE fund.day_total SET plan_leg_id = (SELECT plan_leg_id FROM fund.plan_leg WHERE tier = 2) WHERE unit_id = pg_temp.unit('lab');
SELECT pg_temp.raise() \g /dev/null
SELECT results_eq($$ SELECT kind, code, percent::int, spent, amount, fiscal_year::int FROM report.alert WHERE kind = 'fund' $$, $$ VALUES ('fund', 'GIFT', 90, 100.0, 100.00, NULL::int) $$, 'a fund with an amount raises alerts as well');

SELECT * FROM finish();
ROLLBACK;

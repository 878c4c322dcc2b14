CREATE VIEW report.budget_status WITH (security_invoker = true) AS
SELECT * FROM budget.status(now());

COMMENT ON VIEW report.budget_status IS 'Every budget: what is delegated from it, what is spent, and whether it lasts. Whoever signs in as a steward sees those of own departments and below';
COMMENT ON COLUMN report.budget_status.institution IS 'Code of the institution';
COMMENT ON COLUMN report.budget_status.unit IS 'Code of the department';
COMMENT ON COLUMN report.budget_status.fiscal_year IS 'Called after the calendar year it ends in';
COMMENT ON COLUMN report.budget_status.first_day IS 'First day of the fiscal year, in the institution''s calendar';
COMMENT ON COLUMN report.budget_status.last_day IS 'Its last day';
COMMENT ON COLUMN report.budget_status.is_current IS 'Is it the fiscal year it is now?';
COMMENT ON COLUMN report.budget_status.budget IS 'What the department and all below it may spend in the fiscal year';
COMMENT ON COLUMN report.budget_status.delegated IS 'Of that, what is delegated to departments';
COMMENT ON COLUMN report.budget_status.spent IS 'Charges of the fiscal year to the department and what was below it at the time of use, to nano-units of the currency';
COMMENT ON COLUMN report.budget_status.available IS 'budget - spent';
COMMENT ON COLUMN report.budget_status.percent_used IS '100 * spent / budget; null: the budget is 0';
COMMENT ON COLUMN report.budget_status.daily_rate IS 'Spent by day in the last 28 complete days of the fiscal year, or as many as there are; null: it has not begun';
COMMENT ON COLUMN report.budget_status.forecast IS 'What will be spent by the end of the fiscal year at that rate; null: it has not begun';
COMMENT ON COLUMN report.budget_status.forecast_low IS 'The same at the rate of that week, of those 28 days, in which least was spent';
COMMENT ON COLUMN report.budget_status.forecast_high IS 'The same at the rate of the week in which most was spent';
COMMENT ON COLUMN report.budget_status.run_out_day IS 'Day on which the budget was or will be exceeded, at the daily rate; null: it lasts';
COMMENT ON COLUMN report.budget_status.currency IS 'ISO 4217 code: the institution''s currency; charges in another one do not count';

GRANT SELECT ON report.budget_status TO hm_finance, hm_rater, hm_controller, hm_steward, hm_dashboard;

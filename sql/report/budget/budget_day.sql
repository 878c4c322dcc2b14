CREATE VIEW report.budget_day WITH (security_invoker = true) AS
SELECT i.code AS institution,
       u.code AS unit,
       b.fiscal_year::integer AS fiscal_year,
       d.day,
       d.amount,
       sum(d.amount) OVER (PARTITION BY i.code, u.code, b.fiscal_year ORDER BY d.day) AS spent,
       b.amount AS budget,
       i.currency
FROM budget.seen_days() AS d
JOIN budget.budget AS b USING (budget_id)
JOIN org.institution AS i USING (institution_id)
JOIN org.unit AS u USING (unit_id)
WHERE d.day <= (now() AT TIME ZONE 'UTC')::date;

COMMENT ON VIEW report.budget_day IS 'What was spent of each budget day by day: a row for each day with charges. Whoever signs in as a steward sees those of own departments and below';
COMMENT ON COLUMN report.budget_day.institution IS 'Code of the institution';
COMMENT ON COLUMN report.budget_day.unit IS 'Code of the department';
COMMENT ON COLUMN report.budget_day.fiscal_year IS 'Called after the calendar year it ends in';
COMMENT ON COLUMN report.budget_day.day IS 'Day of the usage (UTC)';
COMMENT ON COLUMN report.budget_day.amount IS 'Charges of that day to the department and what was below it then, to nano-units of the currency';
COMMENT ON COLUMN report.budget_day.spent IS 'The same of the fiscal year up to and with that day: on the last one report.budget_status.spent';
COMMENT ON COLUMN report.budget_day.budget IS 'What the department and all below it may spend in the fiscal year, as it is now';
COMMENT ON COLUMN report.budget_day.currency IS 'ISO 4217 code: the institution''s currency; charges in another one do not count';

GRANT SELECT ON report.budget_day TO hm_finance, hm_rater, hm_controller, hm_steward, hm_dashboard;
-- What it reads beside budgets, and no more.
GRANT SELECT (institution_id, code, currency) ON org.institution TO hm_finance, hm_controller, hm_steward, hm_dashboard;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_controller, hm_steward, hm_dashboard;

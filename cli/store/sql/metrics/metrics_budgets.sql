-- $1 institution, '' for all. Columns of text are labels, every other one is a metric of its name.
SELECT institution, unit, currency, budget AS hubmeter_budget_amount, spent AS hubmeter_budget_spent,
       forecast AS hubmeter_budget_forecast
FROM report.budget_status
WHERE is_current AND $1 IN ('', institution)
ORDER BY institution, unit

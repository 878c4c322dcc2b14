-- Departments of the month beside the one before, and their budgets.
WITH chosen AS NOT MATERIALIZED (
    SELECT (:'month' || '-01')::date AS month
), cost AS (
    SELECT d.department, max(d.name) AS name, d.currency,
           coalesce(sum(d.usage_amount + d.fee_amount) FILTER (WHERE d.month = c.month), 0) AS cost,
           coalesce(sum(d.bill_amount) FILTER (WHERE d.month = c.month), 0) AS of_bills,
           coalesce(sum(d.usage_amount + d.fee_amount) FILTER (WHERE d.month < c.month), 0) AS before
    FROM report.department_month AS d, chosen AS c
    WHERE d.institution = :'institution'
      AND d.month BETWEEN (c.month - interval '1 month')::date AND c.month
      AND (:'unit' = '' OR d.department IN (SELECT b.department FROM report.units_below(:'unit', c.month) AS b
                                            WHERE b.institution = :'institution'))
    GROUP BY d.department, d.currency
), budget AS (
    SELECT b.* FROM report.budget_status AS b, chosen AS c
    WHERE b.institution = :'institution' AND c.month BETWEEN b.first_day AND b.last_day
)
SELECT coalesce(c.department, b.unit) AS department, c.name, coalesce(c.cost, 0) AS cost,
       coalesce(c.of_bills, 0) AS of_bills, coalesce(c.before, 0) AS before,
       b.spent, b.budget, b.percent_used, b.forecast, b.run_out_day::text,
       CASE WHEN b.budget IS NULL THEN NULL WHEN b.spent > b.budget THEN 'exceeded'
            WHEN b.run_out_day IS NOT NULL THEN 'runs out ' || b.run_out_day ELSE 'lasts' END AS state,
       CASE WHEN b.spent > b.budget THEN 'bad' WHEN b.run_out_day IS NOT NULL THEN 'warn' ELSE 'good' END AS level,
       coalesce(c.currency, b.currency) AS currency
FROM cost AS c
FULL JOIN budget AS b ON b.unit = c.department AND b.currency = c.currency
WHERE c.department IS NOT NULL OR :'unit' = ''
ORDER BY cost DESC, department

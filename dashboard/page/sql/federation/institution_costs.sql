-- Each institution's month beside the one before, and whether it adds up.
WITH chosen AS NOT MATERIALIZED (
    SELECT (:'month' || '-01')::date AS month
), cost AS (
    SELECT d.institution, d.currency,
           coalesce(sum(d.usage_amount + d.fee_amount) FILTER (WHERE d.month = c.month), 0) AS cost,
           coalesce(sum(d.usage_amount + d.fee_amount) FILTER (WHERE d.month < c.month), 0) AS before,
           coalesce(sum(d.usage_amount + d.fee_amount)
                        FILTER (WHERE d.month = c.month AND d.department = '(suspense)'), 0) AS suspense,
           count(DISTINCT d.department) FILTER (WHERE d.month = c.month) AS departments
    FROM report.department_month AS d, chosen AS c
    WHERE d.month BETWEEN (c.month - interval '1 month')::date AND c.month
    GROUP BY d.institution, d.currency
), bill AS (
    SELECT r.institution, r.currency, sum(r.bill) AS bill, sum(r.difference) AS difference
    FROM report.cost_reconciliation AS r, chosen AS c
    WHERE r.month = c.month
    GROUP BY r.institution, r.currency
)
SELECT c.institution, i.name, c.departments, c.cost, c.before, c.suspense, b.bill, b.difference, c.currency
FROM cost AS c
JOIN report.institution AS i USING (institution)
LEFT JOIN bill AS b ON b.institution = c.institution AND b.currency = c.currency
ORDER BY c.cost DESC, c.institution, c.currency

-- What a provost asks first: a row for each tile. kind says how the figure is shown, level how well that is.
WITH chosen AS NOT MATERIALIZED (
    SELECT (:'month' || '-01')::date AS month
), unit AS (
    SELECT b.department FROM chosen, report.units_below(:'unit', month) AS b
    WHERE :'unit' <> '' AND b.institution = :'institution'
), cost AS (
    SELECT d.currency,
           sum(d.usage_amount + d.fee_amount) FILTER (WHERE d.month = c.month) AS amount,
           sum(d.usage_amount + d.fee_amount) FILTER (WHERE d.month < c.month) AS before,
           sum(d.usage_amount + d.fee_amount) FILTER (WHERE d.month = c.month AND d.department = '(suspense)') AS suspense,
           count(DISTINCT d.department) FILTER (WHERE d.month = c.month) AS departments
    FROM report.department_month AS d, chosen AS c
    WHERE d.institution = :'institution'
      AND d.month BETWEEN (c.month - interval '1 month')::date AND c.month
      AND (:'unit' = '' OR d.department IN (SELECT department FROM unit))
    GROUP BY d.currency
), budget AS (
    SELECT b.*
    FROM report.budget_status AS b, chosen AS c
    WHERE b.institution = :'institution' AND c.month BETWEEN b.first_day AND b.last_day
      AND (:'unit' = '' OR b.unit IN (SELECT department FROM unit))
), largest AS (
    SELECT * FROM budget ORDER BY budget DESC, unit LIMIT 1
), next AS (
    SELECT * FROM budget WHERE run_out_day IS NOT NULL ORDER BY run_out_day, unit LIMIT 1
), reconciliation AS (
    SELECT r.* FROM report.cost_reconciliation AS r, chosen AS c
    WHERE r.institution = :'institution' AND r.month = c.month AND :'unit' = ''
), coverage AS (
    SELECT sum(v.observed) AS observed, sum(v.expected) AS expected
    FROM report.coverage AS v, chosen AS c
    WHERE v.institution = :'institution' AND v.month = c.month AND :'unit' = ''
), idle AS (
    SELECT i.currency, sum(i.idle_amount) AS amount, sum(i.amount) AS of
    FROM report.idle_cost AS i, chosen AS c
    WHERE i.institution = :'institution' AND i.month = c.month
      AND (:'unit' = '' OR i.department IN (SELECT department FROM unit))
    GROUP BY i.currency
)
SELECT 1 AS place, 'Cost of the month' AS label, 'money' AS kind, amount::text AS figure, currency,
       format('%s, month before %s', CASE departments WHEN 1 THEN '1 department' ELSE departments || ' departments' END,
              to_char(coalesce(before, 0), 'FM999,999,999,990.00')) AS note,
       '' AS level, 'charges' AS page
FROM cost WHERE amount IS NOT NULL
UNION ALL
SELECT 2, 'Largest budget: ' || unit, 'percent', percent_used::text, currency,
       format('%s of %s; %s by the end of the fiscal year', to_char(spent, 'FM999,999,999,990.00'),
              to_char(budget, 'FM999,999,999,990.00'),
              coalesce(to_char(100 * forecast / nullif(budget, 0), 'FM999990') || ' %', 'unknown')),
       CASE WHEN spent > budget THEN 'bad' WHEN run_out_day IS NOT NULL THEN 'warn' ELSE 'good' END, 'budgets'
FROM largest
UNION ALL
SELECT 3, 'Next to run out', 'text', coalesce((SELECT run_out_day::text FROM next), 'none'), NULL,
       coalesce((SELECT format('budget of %s', unit) FROM next), 'all budgets last their fiscal year'),
       CASE WHEN NOT EXISTS (SELECT FROM next) THEN 'good'
            WHEN (SELECT run_out_day FROM next) < current_date THEN 'bad' ELSE 'warn' END, 'budgets'
WHERE EXISTS (SELECT FROM budget)
UNION ALL
SELECT 4, 'Difference to the bill', 'money', difference::text, currency,
       format('bill %s: %s', to_char(bill, 'FM999,999,999,990.00'), state),
       CASE WHEN difference = 0 THEN 'good' ELSE 'bad' END, 'bills'
FROM reconciliation
UNION ALL
SELECT 5, 'Data completeness', 'percent', (100 * observed / nullif(expected, 0))::text, NULL,
       'of the time that nodes should have been observed',
       CASE WHEN observed >= 0.995 * expected THEN 'good' WHEN observed >= 0.95 * expected THEN 'warn' ELSE 'bad' END,
       'quality'
FROM coverage WHERE expected > 0
UNION ALL
SELECT 6, 'Reserved, not used', 'money', amount::text, currency,
       coalesce(to_char(100 * amount / nullif(of, 0), 'FM990.0') || ' % of the usage cost', ''), '', 'idle'
FROM idle WHERE amount IS NOT NULL
UNION ALL
SELECT 7, 'Nobody''s yet', 'money', coalesce(suspense, 0)::text, currency, 'usage in suspense',
       CASE WHEN coalesce(suspense, 0) = 0 THEN 'good' ELSE 'warn' END, 'quality'
FROM cost WHERE :'unit' = ''
ORDER BY place, currency

-- The reconciliation: what this page lists is what the sums of the department say.
WITH unit AS (
    SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b WHERE b.institution = :'institution'
), total AS (
    SELECT d.currency, sum(d.usage_amount) AS usage, sum(d.fee_amount) AS fees, sum(d.bill_amount) AS bills
    FROM report.department_month AS d
    WHERE d.institution = :'institution' AND d.month = (:'month' || '-01')::date
      AND (:'unit' = '' OR d.department IN (SELECT department FROM unit))
    GROUP BY d.currency
), detail AS (
    SELECT d.currency, sum(d.amount) AS amount
    FROM jsonb_to_recordset(:'subject'::jsonb) AS d (amount numeric, currency text)
    GROUP BY d.currency
), fee AS (
    SELECT f.currency, sum(f.amount) AS amount
    FROM report.fee_cost AS f
    WHERE f.institution = :'institution' AND f.month = (:'month' || '-01')::date
      AND (:'unit' = '' OR f.department IN (SELECT department FROM unit))
    GROUP BY f.currency
)
SELECT t.usage, t.fees, t.usage + t.fees AS total, t.bills,
       t.usage + t.fees - coalesce(d.amount, 0) - coalesce(f.amount, 0) AS difference, t.currency
FROM total AS t
LEFT JOIN detail AS d USING (currency)
LEFT JOIN fee AS f USING (currency)
ORDER BY t.currency

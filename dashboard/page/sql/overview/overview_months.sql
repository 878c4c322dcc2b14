-- What each department cost in each of the twelve months up to this one: the largest first.
WITH cost AS (
    SELECT month, department, currency, usage_amount + fee_amount AS amount
    FROM report.department_month
    WHERE institution = :'institution'
      AND month BETWEEN ((:'month' || '-01')::date - interval '11 months')::date AND (:'month' || '-01')::date
      AND (:'unit' = '' OR department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                          WHERE b.institution = :'institution'))
)
SELECT to_char(month, 'YYYY-MM') AS month, department, amount, currency
FROM cost
WINDOW whole AS (PARTITION BY department)
ORDER BY sum(amount) OVER whole DESC, department, month

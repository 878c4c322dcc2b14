-- What each institution cost in each of the twelve months up to this one, in the currency of the chosen one.
WITH cost AS (
    SELECT d.month, d.institution, d.currency, sum(d.usage_amount + d.fee_amount) AS amount
    FROM report.department_month AS d
    WHERE d.month BETWEEN ((:'month' || '-01')::date - interval '11 months')::date AND (:'month' || '-01')::date
      AND d.currency = (SELECT i.currency FROM report.institution AS i WHERE i.institution = :'institution')
    GROUP BY d.month, d.institution, d.currency
)
SELECT to_char(month, 'YYYY-MM') AS month, institution, amount, currency
FROM cost
WINDOW whole AS (PARTITION BY institution)
ORDER BY sum(amount) OVER whole DESC, institution, month

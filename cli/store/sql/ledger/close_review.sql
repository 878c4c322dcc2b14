-- $1 institution, $2 month, $3 department: its charge lines; '' for all: sums by department, fund and usage month
SELECT unit, fund, plan, to_char(month, 'YYYY-MM') AS usage_month, CASE WHEN $3 <> '' THEN line_id END AS line,
       CASE WHEN $3 <> '' THEN day END AS day, CASE WHEN $3 <> '' THEN username END AS username,
       CASE WHEN $3 <> '' THEN resource END AS resource, trim_scale(sum(amount)) AS amount, currency,
       string_agg(DISTINCT question, '; ') AS question
FROM ledger.review($1, $2, $3)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, currency
ORDER BY 1, 2, 3, 4, 6, 7, 8, 5, currency

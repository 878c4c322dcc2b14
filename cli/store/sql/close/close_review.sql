-- $1 institution, $2 month
SELECT unit, fund, plan, to_char(month, 'YYYY-MM') AS usage_month, count(DISTINCT line_id) AS lines,
       trim_scale(sum(amount)) AS amount, currency, count(DISTINCT question) AS questions
FROM ledger.review($1, $2, '')
GROUP BY unit, fund, plan, month, currency
ORDER BY unit, fund, plan, month, currency

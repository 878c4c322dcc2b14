-- $1 institution, $2 month, $3 department
SELECT unit, fund, plan, to_char(month, 'YYYY-MM') AS usage_month, line_id AS line, day, username, resource,
       trim_scale(amount) AS amount, currency, question
FROM ledger.review($1, $2, $3)
ORDER BY unit, fund, plan, month, day, username, resource, line_id, currency

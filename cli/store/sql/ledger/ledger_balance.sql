-- $1 institution, '' for all; $2 month, '' for all
SELECT institution, to_char(period, 'YYYY-MM') AS month, account, subject, chart_string, trim_scale(debit) AS debit,
       trim_scale(credit) AS credit, trim_scale(balance) AS balance, currency
FROM report.trial_balance
WHERE $1 IN ('', institution) AND $2 IN ('', to_char(period, 'YYYY-MM'))
ORDER BY report.trial_balance.institution, period, account, subject, chart_string, currency

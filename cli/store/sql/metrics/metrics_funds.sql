-- $1 institution, '' for all
SELECT institution, fund, status, currency, authorised AS hubmeter_fund_authorised, spent AS hubmeter_fund_spent,
       available AS hubmeter_fund_available
FROM report.fund_balance
WHERE $1 IN ('', institution)
ORDER BY institution, fund

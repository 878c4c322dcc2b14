-- $1 institution, '' for all
SELECT institution, currency, sum(abs(difference)) AS hubmeter_bill_difference,
       count(*) FILTER (WHERE state <> 'distributed') AS hubmeter_undistributed_bills
FROM report.bill_reconciliation
WHERE $1 IN ('', institution)
GROUP BY institution, currency
ORDER BY institution, currency

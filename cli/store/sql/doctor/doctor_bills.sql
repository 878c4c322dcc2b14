SELECT format('%s: %s', concat_ws(' ', institution, issuer, nullif(account, ''), month), state) AS bill
FROM report.bill_reconciliation
WHERE state <> 'distributed'
UNION
SELECT format('%s: lines that no rule fits', concat_ws(' ', institution, issuer, month))
FROM report.bill_unmatched()
ORDER BY bill

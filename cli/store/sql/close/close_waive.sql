SELECT format('waived: %s %s: %s', item, subject, detail) FROM ledger.waive($1, $2, $3, $4, $5) ORDER BY 1

SELECT format('%s of %s is under review until %s', $2, $1, ledger.begin_close($1, $2))

SELECT format('%s of %s is under review until %s', $2::text, $1::text, ledger.begin_close($1, $2))

SELECT format('%s of %s is open again%s', $2::text, $1::text, left(ledger.reopen($1, $2, $3)::text, 0))

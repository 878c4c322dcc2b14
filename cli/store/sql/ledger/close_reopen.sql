SELECT format('%s of %s is open again%s', $2, $1, left(ledger.reopen($1, $2, $3)::text, 0))

SELECT format('question %s is answered%s', $1::text, left(ledger.answer($1::integer, $2)::text, 0))

SELECT format('question %s waits for an answer', ledger.ask($1::bigint, $2))

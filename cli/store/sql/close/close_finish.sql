SELECT format('%s of %s is closed', $2::text, $1::text)
       || coalesce(string_agg(format(E'\njournal %s: %s lines, %s %s', journal, lines, debit, currency), '' ORDER BY journal),
                   ', nothing was posted in it')
FROM ledger.close($1, $2)

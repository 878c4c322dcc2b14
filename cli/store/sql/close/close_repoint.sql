SELECT format('plan %s pays for line %s with the next hubmeter rate%s', $3::text, $1::text,
              left(ledger.repoint($1::bigint, $3, $2)::text, 0))

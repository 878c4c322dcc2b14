-- $1 lien, $2 reason, $3 hubs it may be of, with commas between; null: any
SELECT fund.release_lien($1::bigint, $2, string_to_array($3, ','))::integer

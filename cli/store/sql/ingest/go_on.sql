SELECT ingest.go_on($1, $2, $3::integer, $4::bigint, $5::bigint, $6)

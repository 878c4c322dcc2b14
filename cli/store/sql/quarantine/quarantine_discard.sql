SELECT ingest.discard_quarantine($1::bigint[], $2, $3::boolean)

UPDATE ingest.partition SET waiting_reason = $3
WHERE topic = $1 AND partition = $2::integer AND waiting_reason IS DISTINCT FROM $3

SELECT stopped_reason FROM ingest.partition
WHERE topic = $1 AND partition = $2::integer AND stopped_reason IS NOT NULL

UPDATE ingest.partition SET stopped_reason = $4
WHERE topic = $1 AND partition = $2::integer AND owner_epoch = $3::bigint
RETURNING 1

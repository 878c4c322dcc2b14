SELECT q.topic, q.partition, q.record_offset, q.state, q.payload, q.written_by,
       (extract(epoch FROM q.written_at) * 1000000)::bigint,
       (extract(epoch FROM q.received_at) * 1000000)::bigint
FROM ingest.quarantine AS q
WHERE q.quarantine_id = $1::bigint

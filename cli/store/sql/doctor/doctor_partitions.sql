SELECT topic, partition, next_offset, coalesce(stopped_reason, ''), coalesce(waiting_reason, ''),
       extract(epoch FROM now() - coalesce(flushed_at, taken_at))::bigint
FROM ingest.partition
ORDER BY topic, partition

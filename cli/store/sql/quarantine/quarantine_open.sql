-- The open messages of $1 topic, '' for all; $2 name of the reason, '' for all; $3 microseconds back, 0 for all: in the
-- order in which they were sent, so that a retry finds each after the one before it.
SELECT quarantine_id
FROM ingest.quarantine
WHERE $1 IN ('', topic) AND $2 IN ('', reason) AND state = 'open'
  AND ($3::bigint = 0 OR received_at > now() - $3::bigint * interval '1 microsecond')
ORDER BY topic, partition, record_offset, quarantine_id

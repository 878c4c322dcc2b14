INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload, written_at, written_by)
SELECT p.topic, p.partition, s.record_offset, s.reason, s.payload, s.written_at, s.written_by
FROM pg_temp.stage_quarantine AS s
JOIN pg_temp.stage_partition AS p ON p.number = s.partition_number
ORDER BY 1, 2, 3

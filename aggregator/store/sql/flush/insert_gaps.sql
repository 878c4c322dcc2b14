INSERT INTO ingest.gap (topic, partition, stream, first_sequence, last_sequence)
SELECT p.topic, p.partition, s.stream, s.first_sequence, s.last_sequence
FROM pg_temp.stage_gap AS s
JOIN pg_temp.stage_partition AS p ON p.number = s.partition_number
ORDER BY 1, 2, 3, 4
ON CONFLICT DO NOTHING

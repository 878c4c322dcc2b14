INSERT INTO ingest.watermark AS t (topic, partition, stream, sequence)
SELECT p.topic, p.partition, s.stream, s.sequence
FROM pg_temp.stage_watermark AS s
JOIN pg_temp.stage_partition AS p ON p.number = s.partition_number
ORDER BY 1, 2, 3
ON CONFLICT (topic, partition, stream) DO UPDATE SET sequence = excluded.sequence
    WHERE t.sequence < excluded.sequence

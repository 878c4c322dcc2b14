-- Those that nobody read before: $3 is where each begins.
INSERT INTO ingest.partition (topic, partition, next_offset)
SELECT c.topic, c.partition, c.low_offset
FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS c (topic, partition, low_offset)
ORDER BY 1, 2
ON CONFLICT DO NOTHING

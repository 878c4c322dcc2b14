INSERT INTO ingest.partition (topic, partition, next_offset)
VALUES ($1, $2::integer, $3::bigint)
ON CONFLICT DO NOTHING

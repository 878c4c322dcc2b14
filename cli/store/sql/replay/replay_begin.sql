-- Where the new database begins to read: $3.
INSERT INTO ingest.partition (topic, partition, next_offset) VALUES ($1, $2::integer, $3::bigint)

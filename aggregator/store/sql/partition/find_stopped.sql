-- number is the place in the arrays, from 1.
SELECT c.number, p.stopped_reason
FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS c (topic, partition, number)
JOIN ingest.partition AS p ON p.topic = c.topic AND p.partition = c.partition
WHERE p.stopped_reason IS NOT NULL

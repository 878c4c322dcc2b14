-- All of them in one statement, locked in the order of their key as a commit locks them. A row for each: what is known
-- of it, or why it is stopped. number is its place in the arrays, from 1.
WITH locked AS MATERIALIZED (
    SELECT c.number, p.topic, p.partition, p.stopped_reason
    FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS c (topic, partition, number)
    JOIN ingest.partition AS p ON p.topic = c.topic AND p.partition = c.partition
    ORDER BY p.topic, p.partition
    FOR UPDATE OF p
),
backend AS (
    SELECT a.backend_start FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid()
),
taken AS (
    UPDATE ingest.partition AS p SET
        owner_epoch = p.owner_epoch + 1,
        owner = $3,
        backend_pid = pg_backend_pid(),
        backend_start = (SELECT backend_start FROM backend),
        taken_at = now(),
        waiting_reason = NULL
    FROM locked AS l
    WHERE p.topic = l.topic AND p.partition = l.partition AND l.stopped_reason IS NULL
    RETURNING l.number, p.owner_epoch, p.next_offset, p.last_stream, p.last_sequence, p.last_crc32c
)
SELECT number, owner_epoch, next_offset, last_stream, last_sequence, last_crc32c, NULL::text AS stopped_reason
FROM taken
UNION ALL
SELECT number, NULL, NULL, NULL, NULL, NULL, stopped_reason
FROM locked
WHERE stopped_reason IS NOT NULL

-- Are they still ours, by their epochs $3, and at which offset? Our backend becomes the recorded one on the way. number
-- is the place in the arrays, from 1; one that is not ours any more has no row.
WITH locked AS MATERIALIZED (
    SELECT c.number, p.topic, p.partition
    FROM unnest($1::text[], $2::integer[], $3::bigint[]) WITH ORDINALITY AS c (topic, partition, owner_epoch, number)
    JOIN ingest.partition AS p
      ON p.topic = c.topic AND p.partition = c.partition AND p.owner_epoch = c.owner_epoch
    ORDER BY p.topic, p.partition
    FOR UPDATE OF p
)
UPDATE ingest.partition AS p SET
    backend_pid = pg_backend_pid(),
    backend_start = (SELECT a.backend_start FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid())
FROM locked AS l
WHERE p.topic = l.topic AND p.partition = l.partition
RETURNING l.number, p.next_offset

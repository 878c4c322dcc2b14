-- Is it still ours, and at which offset? Our backend becomes the recorded one on the way.
UPDATE ingest.partition SET
    backend_pid = pg_backend_pid(),
    backend_start = (SELECT a.backend_start FROM pg_stat_activity AS a
                     WHERE a.pid = pg_backend_pid())
WHERE topic = $1 AND partition = $2::integer AND owner_epoch = $3::bigint
RETURNING next_offset

UPDATE ingest.partition SET
    owner_epoch = owner_epoch + 1,
    owner = $3,
    backend_pid = pg_backend_pid(),
    backend_start = (SELECT a.backend_start FROM pg_stat_activity AS a
                     WHERE a.pid = pg_backend_pid()),
    taken_at = now(),
    waiting_reason = NULL
WHERE topic = $1 AND partition = $2::integer AND stopped_reason IS NULL
RETURNING owner_epoch, next_offset, last_stream, last_sequence, last_crc32c

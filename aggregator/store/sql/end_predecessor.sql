-- The recorded backend of the previous owner, unless it is ours. A role may end its own sessions.
SELECT pg_terminate_backend(a.pid)
FROM ingest.partition AS p
JOIN pg_stat_activity AS a ON a.pid = p.backend_pid AND a.backend_start = p.backend_start
WHERE p.topic = $1 AND p.partition = $2::integer AND a.pid <> pg_backend_pid()

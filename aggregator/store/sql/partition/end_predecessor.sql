-- The recorded backend of the previous owner, unless it is ours. A role may end its own sessions.
-- Only one whose transaction is as old as our wait for the lock: behind a pooler the recorded backend
-- may serve somebody else by now, and the predecessor may be on another one, which is left to
-- idle_in_transaction_session_timeout. This only saves time: the epoch decides who may commit.
SELECT pg_terminate_backend(a.pid)
FROM ingest.partition AS p
JOIN pg_stat_activity AS a ON a.pid = p.backend_pid AND a.backend_start = p.backend_start
WHERE p.topic = $1 AND p.partition = $2::integer AND a.pid <> pg_backend_pid()
    AND a.xact_start < now() - interval '4 seconds'

-- The recorded backends of previous owners, unless it is ours. A role may end its own sessions.
-- Only one whose transaction is as old as our wait for the lock: behind a pooler the recorded backend
-- may serve somebody else by now, and the predecessor may be on another one, which is left to
-- idle_in_transaction_session_timeout. This only saves time: the epoch decides who may commit.
SELECT pg_terminate_backend(b.pid)
FROM (
    SELECT DISTINCT a.pid
    FROM unnest($1::text[], $2::integer[]) AS c (topic, partition)
    JOIN ingest.partition AS p ON p.topic = c.topic AND p.partition = c.partition
    JOIN pg_stat_activity AS a ON a.pid = p.backend_pid AND a.backend_start = p.backend_start
    WHERE a.pid <> pg_backend_pid() AND a.xact_start < now() - interval '4 seconds'
) AS b

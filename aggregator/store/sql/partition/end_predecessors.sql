-- The recorded backends of previous owners, unless it is ours. Those of our own role we may end ourselves; those of
-- others the database ends for us, or says why not. Only one whose transaction is as old as our wait for the lock: behind
-- a pooler the recorded backend may serve somebody else by now, and the predecessor may be on another one, which is left
-- to idle_in_transaction_session_timeout. This only saves time: the epoch decides who may commit.
SELECT ingest.end_predecessors($1::text[], $2::integer[]), (
    SELECT count(pg_terminate_backend(b.pid))
    FROM (
        SELECT DISTINCT a.pid
        FROM unnest($1::text[], $2::integer[]) AS c (topic, partition)
        JOIN ingest.partition AS p ON p.topic = c.topic AND p.partition = c.partition
        JOIN pg_stat_activity AS a ON a.pid = p.backend_pid AND a.backend_start = p.backend_start
        WHERE a.pid <> pg_backend_pid() AND a.xact_start < now() - interval '4 seconds'
          AND pg_has_role(a.usesysid, 'USAGE')
    ) AS b
)

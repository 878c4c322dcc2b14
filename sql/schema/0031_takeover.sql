-- Ending a predecessor that signed in as somebody else.

-- A takeover ends the recorded session of an aggregator that is stuck and still holds its partitions. It may be another
-- role's, which only pg_signal_backend may end and pg_read_all_stats see; the owner of ingest.end_predecessors() has
-- both, where the one who migrates may give them.
DO $$
BEGIN
    GRANT pg_signal_backend, pg_read_all_stats TO hm_owner;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'an aggregator ends only stuck ones of its own role until a superuser says GRANT pg_signal_backend, '
                 'pg_read_all_stats TO hm_owner: %', SQLERRM;
END
$$;

SET LOCAL ROLE hm_owner;

COMMENT ON COLUMN ingest.decision.decided_at IS 'When it was decided (UTC)';

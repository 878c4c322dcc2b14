-- May see and end sessions of other roles (0028_takeover.sql), so it ends only what is recorded as the owner of a
-- partition, is an aggregator's, and blocks: a transaction as old as the caller's wait for the lock.
CREATE FUNCTION ingest.end_predecessors(topics text[], partitions integer[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    b record;
    refused text;
BEGIN
    FOR b IN
        SELECT DISTINCT a.pid, a.usename, a.backend_start
        FROM unnest(topics, partitions) AS c (topic, partition)
        JOIN ingest.partition AS p ON p.topic = c.topic AND p.partition = c.partition
        JOIN pg_stat_activity AS a ON a.pid = p.backend_pid
        WHERE a.pid <> pg_backend_pid()
          AND a.datname = current_database()
          -- null: hm_owner may not see it
          AND coalesce(a.backend_start = p.backend_start AND a.xact_start < now() - interval '4 seconds', true)
    LOOP
        IF b.backend_start IS NULL THEN
            refused := format('backend %s of "%s" may be in the way, and hm_owner may not see it', b.pid, b.usename);
        ELSIF NOT pg_has_role(b.usename, 'hm_aggregator', 'MEMBER') THEN
            refused := format('backend %s of "%s" is in the way, who is not a member of hm_aggregator', b.pid, b.usename);
        ELSE
            BEGIN
                PERFORM pg_terminate_backend(b.pid);
            EXCEPTION WHEN insufficient_privilege THEN
                refused := format('backend %s of "%s" is in the way, and hm_owner may not end it', b.pid, b.usename);
            END;
        END IF;
    END LOOP;
    RETURN refused;
END
$$;
COMMENT ON FUNCTION ingest.end_predecessors(text[], integer[])
    IS 'End the recorded backends that still hold these partitions (two arrays in parallel) and are aggregators''; why one could not be ended, null: none';

GRANT EXECUTE ON FUNCTION ingest.end_predecessors(text[], integer[]) TO hm_aggregator;

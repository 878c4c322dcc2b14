-- The fence of a flush. Arrays run in parallel, one element per partition, in (topic, partition)
-- order, so that two flushes never wait for each other crosswise. Runs as the owner: no other way leads to an offset.
CREATE FUNCTION ingest.advance(
    topics text[], partitions integer[], epochs bigint[], old_offsets bigint[],
    new_offsets bigint[], streams bytea[], sequences bigint[], crcs bigint[],
    more_taken bigint[], more_duplicates bigint[], more_quarantined bigint[], more_skipped bigint[]
) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    FOR i IN 1 .. coalesce(array_length(topics, 1), 0) LOOP
        UPDATE ingest.partition AS p
           SET next_offset = new_offsets[i],
               last_stream = streams[i],
               last_sequence = sequences[i],
               last_crc32c = crcs[i],
               taken = p.taken + more_taken[i],
               duplicates = p.duplicates + more_duplicates[i],
               quarantined = p.quarantined + more_quarantined[i],
               skipped = p.skipped + more_skipped[i],
               flushed_at = now(),
               waiting_reason = NULL
         WHERE p.topic = topics[i]
           AND p.partition = partitions[i]
           AND p.owner_epoch = epochs[i]
           AND p.next_offset = old_offsets[i]
           AND p.next_offset <= new_offsets[i];
        IF NOT FOUND THEN
            RAISE EXCEPTION 'partition % of % has another owner or another offset', partitions[i], topics[i]
                USING ERRCODE = 'HM001',
                      HINT = 'The caller drops what it gathered and takes the partition over anew.';
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION ingest.advance
    IS 'Move partitions from one offset to the next, with what became of the offsets between, all or none: SQLSTATE HM001 when the caller no longer owns one of them';

GRANT EXECUTE ON FUNCTION ingest.advance TO hm_aggregator;

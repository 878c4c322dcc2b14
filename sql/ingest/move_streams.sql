-- Two partitions of a topic may have two owners, and a stream may come through both: that each owns its partition proves
-- nothing of the stream. So each row is moved from what the caller believed it to be, in key order, which also keeps two
-- flushes from waiting for each other crosswise. Reads what the caller staged: pg_temp.stage_watermark, the streams that
-- were moved; pg_temp.stage_closed, gaps that are not open any more as they are here; pg_temp.stage_gap, those that are
-- open instead or anew. Gaps change only under the lock of their stream.
CREATE FUNCTION ingest.move_streams() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moved record;
    n bigint;
BEGIN
    FOR moved IN
        SELECT topic, stream, old_sequence, sequence, node FROM pg_temp.stage_watermark ORDER BY topic, stream
    LOOP
        IF moved.old_sequence = 0 THEN
            INSERT INTO ingest.watermark (topic, stream, sequence, node)
            VALUES (moved.topic, moved.stream, moved.sequence, moved.node)
            ON CONFLICT DO NOTHING;
        ELSE
            UPDATE ingest.watermark AS w
               SET sequence = moved.sequence,
                   node = coalesce(w.node, moved.node),
                   moved_on = (now() AT TIME ZONE 'UTC')::date
             WHERE w.topic = moved.topic
               AND w.stream = moved.stream
               AND w.sequence = moved.old_sequence
               AND coalesce(w.node = moved.node, true);
        END IF;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'stream % of % is not at %', encode(moved.stream, 'hex'), moved.topic, moved.old_sequence
                USING ERRCODE = 'HM003', HINT = 'The caller drops what it gathered and looks at its streams again.';
        END IF;
    END LOOP;

    SELECT count(*) INTO n FROM pg_temp.stage_closed;
    IF n > 0 THEN
        UPDATE pg_temp.stage_gap AS s
           SET seen_at = g.seen_at
          FROM ingest.gap AS g
         WHERE g.topic = s.topic AND g.stream = s.stream AND g.first_sequence = s.part_of;
        WITH gone AS (
            DELETE FROM ingest.gap AS g
            USING pg_temp.stage_closed AS s
            WHERE g.topic = s.topic
              AND g.stream = s.stream
              AND g.first_sequence = s.first_sequence
              AND g.last_sequence = s.last_sequence
            RETURNING 1
        )
        SELECT n - count(*) INTO n FROM gone;
        IF n > 0 THEN
            RAISE EXCEPTION '% gaps are not open any more', n
                USING ERRCODE = 'HM003', HINT = 'The caller drops what it gathered and looks at its streams again.';
        END IF;
    END IF;
    INSERT INTO ingest.gap AS g (topic, stream, first_sequence, last_sequence, seen_at)
    SELECT topic, stream, first_sequence, last_sequence, coalesce(seen_at, now())
    FROM pg_temp.stage_gap
    ORDER BY 1, 2, 3
    ON CONFLICT (topic, stream, first_sequence) DO UPDATE SET last_sequence = excluded.last_sequence;
END
$$;
COMMENT ON FUNCTION ingest.move_streams()
    IS 'Move streams, and their open gaps, from what the caller believed to what it took, all or none: SQLSTATE HM003 when one of them is not as believed, because another process moved it';

GRANT EXECUTE ON FUNCTION ingest.move_streams() TO hm_aggregator;

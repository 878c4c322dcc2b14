-- The owner of the partition, a running aggregator, looks for this every few seconds and goes on by itself.
CREATE FUNCTION ingest.go_on(act text, topic text, partition integer, from_offset bigint, to_offset bigint, reason text)
    RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p ingest.partition;
    at bigint;
BEGIN
    SELECT * INTO p FROM ingest.partition AS o WHERE o.topic = go_on.topic AND o.partition = go_on.partition FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% has no partition % that was ever read', topic, partition;
    END IF;
    IF p.stopped_reason IS NULL THEN
        RAISE EXCEPTION 'partition % of % is not stopped', partition, topic
            USING HINT = '''hubmeter doctor'' lists those that are.';
    END IF;
    IF act = 'accept_gap' AND from_offset IS DISTINCT FROM p.next_offset THEN
        RAISE EXCEPTION 'the gap of partition % of % begins at %, not at %', partition, topic, p.next_offset, from_offset
            USING HINT = 'That is the first offset that is not in the database.';
    END IF;
    IF act = 'accept_gap' AND to_offset < from_offset THEN
        RAISE EXCEPTION 'the gap ends at %, before it begins', to_offset;
    END IF;
    IF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION 'a decision needs a reason';
    END IF;
    INSERT INTO ingest.decision (topic, partition, act, from_offset, to_offset, stopped_reason, reason)
    VALUES (topic, partition, act, from_offset, CASE act WHEN 'accept_gap' THEN to_offset END, p.stopped_reason, reason);
    at := CASE act WHEN 'accept_gap' THEN to_offset + 1 ELSE from_offset END;
    UPDATE ingest.partition AS o
       SET next_offset = at, last_stream = NULL, last_sequence = NULL, last_crc32c = NULL,
           stopped_reason = NULL
     WHERE o.topic = go_on.topic AND o.partition = go_on.partition;
    RETURN format('%s/%s goes on at offset %s', topic, partition, at);
END
$$;
COMMENT ON FUNCTION ingest.go_on(text, text, integer, bigint, bigint, text)
    IS 'Decide that a stopped partition goes on: accept_gap: without from_offset to to_offset, which begin where it was read to; restart: at from_offset of a topic that was made anew. Recorded in ingest.decision; what it says is for people';

GRANT EXECUTE ON FUNCTION ingest.go_on(text, text, integer, bigint, bigint, text) TO hm_owner;

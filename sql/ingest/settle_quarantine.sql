-- A retry calls it first in the transaction that adds the batch to the usage. The row of the partition is locked first, as
-- in every commit of the aggregator that owns it, which adds what it counted to what is there: the offset does not move
-- here. Then that of the message: of two retries the second finds that it is not open any more.
CREATE FUNCTION ingest.settle_quarantine(
    quarantine_id bigint, outcome text, still_refused_as text, shift interval, max_age interval, reason text
) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    q ingest.quarantine;
BEGIN
    PERFORM FROM ingest.partition AS p
    WHERE (p.topic, p.partition) IN (SELECT o.topic, o.partition FROM ingest.quarantine AS o
                                     WHERE o.quarantine_id = settle_quarantine.quarantine_id)
    FOR UPDATE;
    SELECT * INTO q FROM ingest.quarantine AS o WHERE o.quarantine_id = settle_quarantine.quarantine_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no message % in quarantine', quarantine_id USING ERRCODE = 'HM005';
    END IF;
    IF q.state <> 'open' THEN
        RAISE EXCEPTION 'message % is %', quarantine_id, q.state USING ERRCODE = 'HM005';
    END IF;
    INSERT INTO ingest.quarantine_act (quarantine_id, topic, partition, record_offset, refused_as, outcome,
                                       still_refused_as, shift, max_age, reason)
    VALUES (quarantine_id, q.topic, q.partition, q.record_offset, q.reason, outcome, still_refused_as, shift, max_age,
            reason);
    IF outcome = 'refused' THEN
        RETURN;
    END IF;
    UPDATE ingest.quarantine AS o
       SET state = outcome
     WHERE o.quarantine_id = settle_quarantine.quarantine_id;
    IF NOT q.is_counted THEN
        RETURN;
    END IF;
    UPDATE ingest.partition AS p
       SET quarantined = p.quarantined - 1,
           taken = p.taken + (outcome = 'taken')::integer,
           duplicates = p.duplicates + (outcome = 'duplicate')::integer
     WHERE p.topic = q.topic AND p.partition = q.partition;
END
$$;
COMMENT ON FUNCTION ingest.settle_quarantine(bigint, text, text, interval, interval, text)
    IS 'Note what a retry of a message in quarantine comes to, and move it in its partition''s account: SQLSTATE HM005 when it is not open, because somebody else was first';

GRANT EXECUTE ON FUNCTION ingest.settle_quarantine(bigint, text, text, interval, interval, text) TO hm_owner;

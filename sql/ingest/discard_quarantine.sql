CREATE FUNCTION ingest.discard_quarantine(quarantine_ids bigint[], reason text, drop_payload boolean) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
    n bigint;
BEGIN
    IF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION 'a message is discarded with a reason';
    END IF;
    PERFORM FROM ingest.quarantine AS q
    WHERE q.quarantine_id = ANY (quarantine_ids)
    ORDER BY q.quarantine_id
    FOR UPDATE;
    SELECT i.id, q.state INTO wrong
    FROM unnest(quarantine_ids) AS i (id)
    LEFT JOIN ingest.quarantine AS q ON q.quarantine_id = i.id
    WHERE q.state IS DISTINCT FROM 'open'
    ORDER BY i.id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', CASE WHEN wrong.state IS NULL THEN format('there is no message %s in quarantine', wrong.id)
                                  ELSE format('message %s is %s', wrong.id, wrong.state) END
              USING ERRCODE = 'HM005';
    END IF;
    INSERT INTO ingest.quarantine_act (quarantine_id, topic, partition, record_offset, refused_as, outcome, is_dropped,
                                       reason)
    SELECT q.quarantine_id, q.topic, q.partition, q.record_offset, q.reason, 'discarded', drop_payload,
           discard_quarantine.reason
    FROM ingest.quarantine AS q
    WHERE q.quarantine_id = ANY (quarantine_ids)
    ORDER BY q.quarantine_id;
    UPDATE ingest.quarantine AS q
       SET state = 'discarded',
           payload = CASE WHEN NOT drop_payload THEN q.payload END
     WHERE q.quarantine_id = ANY (quarantine_ids);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
COMMENT ON FUNCTION ingest.discard_quarantine(bigint[], text, boolean)
    IS 'Give messages in quarantine up, all of them or none: they stay, with who did it and why, and without their payload where that is asked for; how many. SQLSTATE HM005 when one is not open';

GRANT EXECUTE ON FUNCTION ingest.discard_quarantine(bigint[], text, boolean) TO hm_owner;

-- What becomes of a message that was refused: it is taken after all, found to have been taken meanwhile, or given up by
-- somebody who says why. It is never lost silently.
SET LOCAL ROLE hm_owner;

ALTER TABLE ingest.quarantine
    ADD COLUMN written_at timestamptz,
    ADD COLUMN written_by text CHECK (written_by IN ('broker', 'producer')),
    ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'duplicate', 'discarded')),
    ADD COLUMN is_counted boolean NOT NULL DEFAULT true,
    ALTER COLUMN payload DROP NOT NULL,
    ADD CHECK (payload IS NOT NULL OR state = 'discarded');
CREATE INDEX quarantine_open ON ingest.quarantine (topic, quarantine_id) WHERE state = 'open';

COMMENT ON TABLE ingest.quarantine IS 'Messages that could not be understood or believed. A row stays, whatever becomes of it: ingest.quarantine_act';
COMMENT ON COLUMN ingest.quarantine.payload IS 'The message as it came. Null: whoever discarded it had it dropped';
COMMENT ON COLUMN ingest.quarantine.written_at IS 'Time of the record in Kafka (UTC), by which its windows are judged. Null: it has none, or is older than 0033_quarantine.sql: judged by received_at';
COMMENT ON COLUMN ingest.quarantine.written_by IS 'Whose clock written_at is: broker (LogAppendTime) or producer (CreateTime), which is believed within bounds';
COMMENT ON COLUMN ingest.quarantine.state IS 'open; taken: a retry added it to the usage; duplicate: a retry found that its batch had been added; discarded: given up';
COMMENT ON COLUMN ingest.quarantine.is_counted IS 'Is it one of the messages that ingest.partition.quarantined counts while it is open or discarded? Not those from before the account, or from before a topic was made anew';

-- Accounts began with 0027_streams.sql, and begin again where a topic is made anew.
UPDATE ingest.quarantine AS q
   SET is_counted = false
 WHERE NOT EXISTS (
     SELECT FROM ingest.partition AS p
     WHERE p.topic = q.topic AND p.partition = q.partition
       AND q.record_offset >= p.first_offset AND q.record_offset < p.next_offset
       AND q.received_at > coalesce((SELECT max(d.decided_at) FROM ingest.decision AS d
                                     WHERE d.topic = q.topic AND d.partition = q.partition AND d.act = 'restart'),
                                    '-infinity'));

CREATE TABLE ingest.quarantine_act (
    act_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    quarantine_id bigint NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    refused_as text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('taken', 'duplicate', 'refused', 'discarded')),
    still_refused_as text CHECK ((still_refused_as IS NOT NULL) = (outcome = 'refused')),
    shift interval CHECK (shift <> interval '0'),
    max_age interval,
    is_dropped boolean NOT NULL DEFAULT false,
    reason text CHECK (btrim(reason) <> ''),
    acted_by text NOT NULL DEFAULT session_user,
    acted_at timestamptz NOT NULL DEFAULT now(),
    CHECK (reason IS NOT NULL OR (shift IS NULL AND outcome <> 'discarded')),
    CHECK (outcome = 'discarded' OR NOT is_dropped)
);
CREATE INDEX quarantine_act_message ON ingest.quarantine_act (quarantine_id, act_id);
COMMENT ON TABLE ingest.quarantine_act IS 'What was done with messages in quarantine, by whom and why. Kept for ever, and says by itself what it was about';
COMMENT ON COLUMN ingest.quarantine_act.quarantine_id IS 'Row of ingest.quarantine';
COMMENT ON COLUMN ingest.quarantine_act.refused_as IS 'Why it was in quarantine';
COMMENT ON COLUMN ingest.quarantine_act.outcome IS 'taken: added to the usage; duplicate: its batch had been added; refused: once more, it stays open; discarded: given up';
COMMENT ON COLUMN ingest.quarantine_act.still_refused_as IS 'Why it was refused once more';
COMMENT ON COLUMN ingest.quarantine_act.shift IS 'What was added to the times of its windows, as the clock of its node was wrong; null: nothing';
COMMENT ON COLUMN ingest.quarantine_act.max_age IS 'How old its windows were allowed to be, where that was asked for; null: as the aggregator''s settings have it';
COMMENT ON COLUMN ingest.quarantine_act.is_dropped IS 'Was the payload thrown away with it?';
COMMENT ON COLUMN ingest.quarantine_act.reason IS 'Why, in the words of who did it; needed to date it anew and to discard it';
COMMENT ON COLUMN ingest.quarantine_act.acted_by IS 'Login that did it';
COMMENT ON COLUMN ingest.quarantine_act.acted_at IS 'When it was done (UTC)';

GRANT SELECT ON ingest.quarantine_act TO hm_aggregator, hm_rater, hm_hub_ro;
ALTER TABLE ingest.quarantine_act ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON ingest.quarantine_act USING (true) WITH CHECK (true);
CREATE POLICY own_hub ON ingest.quarantine_act AS RESTRICTIVE FOR SELECT TO hm_hub_ro
    USING (topic = ANY ((SELECT usage.seen_topics())::text[]));

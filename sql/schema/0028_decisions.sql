-- What operators decided of partitions that are not read any more.
SET LOCAL ROLE hm_owner;

CREATE TABLE ingest.decision (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    act text NOT NULL CHECK (act IN ('accept_gap', 'restart')),
    from_offset bigint NOT NULL CHECK (from_offset >= 0),
    to_offset bigint CHECK (to_offset >= from_offset),
    stopped_reason text NOT NULL,
    reason text NOT NULL CHECK (btrim(reason) <> ''),
    decided_by text NOT NULL DEFAULT session_user,
    decided_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((act = 'accept_gap') = (to_offset IS NOT NULL))
);
COMMENT ON TABLE ingest.decision IS 'Decisions to go on with a partition that was stopped: what was given up, who said so and why. Kept for ever';
COMMENT ON COLUMN ingest.decision.act IS 'accept_gap: from_offset to to_offset are lost, what follows is read. restart: the topic was made anew, it is read from from_offset on';
COMMENT ON COLUMN ingest.decision.from_offset IS 'accept_gap: first offset that is lost; restart: first offset that is read';
COMMENT ON COLUMN ingest.decision.to_offset IS 'accept_gap: last offset that is lost; restart: null';
COMMENT ON COLUMN ingest.decision.stopped_reason IS 'Why nobody read the partition any more';
COMMENT ON COLUMN ingest.decision.reason IS 'Why the loss was accepted, in the words of who decided';
COMMENT ON COLUMN ingest.decision.decided_by IS 'Login that decided';
COMMENT ON COLUMN ingest.decision.decided_at IS 'When it was decided';

GRANT SELECT ON ingest.decision TO hm_aggregator, hm_rater;

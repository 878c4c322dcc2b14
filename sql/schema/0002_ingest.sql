SET LOCAL ROLE hm_owner;

CREATE TABLE ingest.partition (
    topic text NOT NULL,
    partition integer NOT NULL CHECK (partition >= 0),
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    last_stream bytea CHECK (octet_length(last_stream) = 16),
    last_sequence bigint CHECK (last_sequence > 0),
    last_crc32c bigint CHECK (last_crc32c BETWEEN 0 AND 4294967295),
    owner_epoch bigint NOT NULL DEFAULT 0,
    owner text,
    backend_pid integer,
    backend_start timestamptz,
    taken_at timestamptz,
    flushed_at timestamptz,
    stopped_reason text,
    waiting_reason text,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

COMMENT ON TABLE ingest.partition IS 'The only authority on how far a topic partition was read: moved in the same transaction as the rows it stands for';
COMMENT ON COLUMN ingest.partition.next_offset IS 'Offset of the first record that is not in the database yet';
COMMENT ON COLUMN ingest.partition.last_stream IS 'Stream of the record at next_offset - 1; null if that record was quarantined';
COMMENT ON COLUMN ingest.partition.last_sequence IS 'Sequence of the record at next_offset - 1; null if that record was quarantined';
COMMENT ON COLUMN ingest.partition.last_crc32c IS 'CRC-32C of the value of the record at next_offset - 1: a takeover compares it, so that a topic that was deleted and made again is noticed';
COMMENT ON COLUMN ingest.partition.owner_epoch IS 'Fencing token: one more at every takeover';
COMMENT ON COLUMN ingest.partition.owner IS 'Who took it over last: host, process id and a random part';
COMMENT ON COLUMN ingest.partition.backend_pid IS 'PostgreSQL backend of the owner, to be ended if it blocks a successor';
COMMENT ON COLUMN ingest.partition.backend_start IS 'When that backend started: guards against a reused process id';
COMMENT ON COLUMN ingest.partition.taken_at IS 'When the owner took it over';
COMMENT ON COLUMN ingest.partition.flushed_at IS 'When rows were committed last';
COMMENT ON COLUMN ingest.partition.stopped_reason IS 'Why nobody reads it any more, until an operator decided; null while it is read';
COMMENT ON COLUMN ingest.partition.waiting_reason IS 'Why its owner cannot read it for now (no such topic, no leader) and tries again by itself; null while it is read';

CREATE TABLE ingest.watermark (
    topic text NOT NULL,
    partition integer NOT NULL,
    stream bytea NOT NULL CHECK (octet_length(stream) = 16),
    sequence bigint NOT NULL CHECK (sequence > 0),
    PRIMARY KEY (topic, partition, stream)
) WITH (fillfactor = 50);

COMMENT ON TABLE ingest.watermark IS 'Last sequence taken of every collector''s stream: what comes again is dropped';
COMMENT ON COLUMN ingest.watermark.stream IS 'The 16 random bytes of a collector''s spool';
COMMENT ON COLUMN ingest.watermark.sequence IS 'Number of the last batch taken: 1, 2, 3, ...';

CREATE TABLE ingest.gap (
    topic text NOT NULL,
    partition integer NOT NULL,
    stream bytea NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence bigint NOT NULL CHECK (last_sequence >= first_sequence),
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, stream, first_sequence)
);

COMMENT ON TABLE ingest.gap IS 'Batches that a stream numbered but that never arrived: missing data is visible';
COMMENT ON COLUMN ingest.gap.first_sequence IS 'Number of the first batch that is missing';
COMMENT ON COLUMN ingest.gap.last_sequence IS 'Number of the last batch that is missing';
COMMENT ON COLUMN ingest.gap.seen_at IS 'When the batch after the gap was read';

CREATE TABLE ingest.quarantine (
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    reason text NOT NULL,
    payload bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, record_offset)
);

COMMENT ON TABLE ingest.quarantine IS 'Messages that could not be understood or believed, kept whole';
COMMENT ON COLUMN ingest.quarantine.received_at IS 'When it was refused';
COMMENT ON COLUMN ingest.quarantine.reason IS 'malformed, column_length, window_future, ...: the names in proto/wire.h';

CREATE TABLE ingest.dirty_day (
    dirty_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hub_id integer NOT NULL,
    day date NOT NULL
);
CREATE INDEX dirty_day_hub_day ON ingest.dirty_day (hub_id, day);

COMMENT ON TABLE ingest.dirty_day IS 'Queue for rating: a UTC day of a hub whose usage changed. Appended with the usage, taken away by the rating that saw it';
COMMENT ON COLUMN ingest.dirty_day.hub_id IS 'usage.hub';
COMMENT ON COLUMN ingest.dirty_day.day IS 'UTC day';

GRANT USAGE ON SCHEMA ingest TO hm_aggregator, hm_rater, hm_hub_ro;
GRANT SELECT, INSERT, UPDATE ON ingest.partition, ingest.watermark TO hm_aggregator;
GRANT SELECT, INSERT ON ingest.gap, ingest.quarantine, ingest.dirty_day TO hm_aggregator;
GRANT SELECT, INSERT, DELETE ON ingest.dirty_day TO hm_rater;
GRANT SELECT ON ALL TABLES IN SCHEMA ingest TO hm_rater, hm_hub_ro;

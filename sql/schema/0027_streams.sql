-- A stream is one of its topic's, whichever partition it comes through: partitions are added, and keys move. Beside it
-- stands whose it is. What became of every offset is counted where the offset is moved.
SET LOCAL ROLE hm_owner;

-- What was taken of a stream that stood in several partitions is what was taken in any of them.
CREATE TEMPORARY TABLE united ON COMMIT DROP AS
WITH missing AS (
    SELECT topic, partition, stream,
           range_agg(int8range(first_sequence, last_sequence, '[]')) AS numbers
    FROM ingest.gap
    GROUP BY topic, partition, stream
)
SELECT topic, stream, max(w.sequence) AS sequence,
       int8multirange(int8range(1, max(w.sequence), '[]'))
           - range_agg(int8multirange(int8range(1, w.sequence, '[]')) - coalesce(m.numbers, '{}')) AS missing
FROM ingest.watermark AS w
LEFT JOIN missing AS m USING (topic, partition, stream)
GROUP BY topic, stream
HAVING count(*) > 1;

CREATE TEMPORARY TABLE united_gap ON COMMIT DROP AS
SELECT u.topic, u.stream, lower(r.numbers) AS first_sequence, upper(r.numbers) - 1 AS last_sequence,
       (SELECT min(g.seen_at) FROM ingest.gap AS g
        WHERE g.topic = u.topic AND g.stream = u.stream
          AND int8range(g.first_sequence, g.last_sequence, '[]') && r.numbers) AS seen_at
FROM united AS u
CROSS JOIN LATERAL unnest(u.missing) AS r (numbers);

DELETE FROM ingest.watermark AS w USING united AS u
WHERE w.topic = u.topic AND w.stream = u.stream
  AND (w.sequence, w.partition) <> (SELECT max(o.sequence), min(o.partition) FROM ingest.watermark AS o
                                    WHERE o.topic = u.topic AND o.stream = u.stream AND o.sequence = u.sequence);
DELETE FROM ingest.gap AS g USING united AS u WHERE g.topic = u.topic AND g.stream = u.stream;
INSERT INTO ingest.gap (topic, partition, stream, first_sequence, last_sequence, seen_at)
SELECT topic, 0, stream, first_sequence, last_sequence, seen_at FROM united_gap;

ALTER TABLE ingest.watermark
    DROP CONSTRAINT watermark_pkey,
    DROP COLUMN partition,
    ADD PRIMARY KEY (topic, stream),
    ADD COLUMN node text,
    ADD COLUMN moved_on date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date;
-- What a takeover loads: the streams that moved last, and none that was silent for a year. They change places in it once
-- a day, so that other updates of a row touch no index.
CREATE INDEX watermark_moved ON ingest.watermark (topic, moved_on);

COMMENT ON TABLE ingest.watermark IS 'Every stream of a topic, with the last sequence taken of it: what comes again is dropped. Moved by ingest.move_streams() only';
COMMENT ON COLUMN ingest.watermark.node IS 'Whose stream it is: batches of it that name another node are quarantined (stream_node). Null: not known: nothing of it was taken since 0027_streams.sql but what was imported, which is of many nodes';
COMMENT ON COLUMN ingest.watermark.moved_on IS 'UTC day on which it moved last: takeovers load no stream that was silent for a year. Should it come back, the commit finds it here';

ALTER TABLE ingest.gap
    DROP CONSTRAINT gap_pkey,
    DROP COLUMN partition,
    ADD PRIMARY KEY (topic, stream, first_sequence);
COMMENT ON TABLE ingest.gap IS 'Batches that a stream numbered but that have not arrived: missing data is visible. One that comes late shrinks, divides or closes its gap';
COMMENT ON COLUMN ingest.gap.seen_at IS 'When the first batch behind it was read; what is left of a gap keeps it';
GRANT DELETE, UPDATE ON ingest.gap TO hm_aggregator;

-- A topic that was made anew has the same offsets again: both are kept.
ALTER TABLE ingest.quarantine
    DROP CONSTRAINT quarantine_pkey,
    ADD COLUMN quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
CREATE INDEX quarantine_offset ON ingest.quarantine (topic, partition, record_offset);
COMMENT ON COLUMN ingest.quarantine.quarantine_id IS 'Names this refusal: offsets come again in a topic that was made anew';

-- The account of a partition, from now on: first_offset is where it begins.
ALTER TABLE ingest.partition
    ADD COLUMN first_offset bigint CHECK (first_offset >= 0),
    ADD COLUMN taken bigint NOT NULL DEFAULT 0 CHECK (taken >= 0),
    ADD COLUMN duplicates bigint NOT NULL DEFAULT 0 CHECK (duplicates >= 0),
    ADD COLUMN quarantined bigint NOT NULL DEFAULT 0 CHECK (quarantined >= 0),
    ADD COLUMN skipped bigint NOT NULL DEFAULT 0 CHECK (skipped >= 0),
    ADD COLUMN lost bigint NOT NULL DEFAULT 0 CHECK (lost >= 0);
UPDATE ingest.partition SET first_offset = next_offset;
ALTER TABLE ingest.partition
    ALTER COLUMN first_offset SET NOT NULL,
    ADD CONSTRAINT account CHECK (taken + duplicates + quarantined + skipped + lost = next_offset - first_offset);
COMMENT ON COLUMN ingest.partition.first_offset IS 'Where the account of offsets begins: taken + duplicates + quarantined + skipped + lost = next_offset - first_offset, by a constraint';
COMMENT ON COLUMN ingest.partition.taken IS 'Records whose batch was added to the usage';
COMMENT ON COLUMN ingest.partition.duplicates IS 'Records whose batch had been added before';
COMMENT ON COLUMN ingest.partition.quarantined IS 'Records that are in ingest.quarantine';
COMMENT ON COLUMN ingest.partition.skipped IS 'Offsets at which Kafka has no record: markers of transactions, aborted or compacted records';
COMMENT ON COLUMN ingest.partition.lost IS 'Offsets that somebody decided to go on without, by setting next_offset';

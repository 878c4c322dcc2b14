-- How much of the stream $2 of the topic $1 has come through: its last batch, and batches before that
-- one that did not arrive.
SELECT (SELECT coalesce(max(sequence), 0) FROM ingest.watermark
        WHERE topic = $1 AND stream = decode($2, 'hex')),
       (SELECT coalesce(sum(last_sequence - first_sequence + 1), 0) FROM ingest.gap
        WHERE topic = $1 AND stream = decode($2, 'hex'))

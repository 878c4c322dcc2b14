-- The streams of the topic $1 that moved last, $3 at most and none that was silent for a year, and before
-- them those of $2 (the commit found them not to be as believed): a row for each open gap, or one
-- without. $4 rows at most, so that the gaps of the last stream may be cut off.
WITH chosen AS (
    SELECT stream, sequence, node, 1 AS turn
    FROM ingest.watermark
    WHERE topic = $1 AND stream = ANY ($2::bytea[])
    UNION ALL
    (SELECT stream, sequence, node, 2
     FROM ingest.watermark
     WHERE topic = $1
         AND moved_on > (now() AT TIME ZONE 'UTC')::date - 366
         AND stream <> ALL ($2::bytea[])
     ORDER BY moved_on DESC
     LIMIT $3::integer)
)
SELECT c.stream, c.sequence, c.node, g.first_sequence, g.last_sequence
FROM chosen AS c
LEFT JOIN LATERAL (
    SELECT first_sequence, last_sequence FROM ingest.gap
    WHERE topic = $1 AND stream = c.stream
    OFFSET 0 -- of these streams only, even where the table has many more
) AS g ON true
ORDER BY c.turn, c.stream, g.first_sequence
LIMIT $4::integer

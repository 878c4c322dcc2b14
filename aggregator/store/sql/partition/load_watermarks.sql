-- The streams of the topics $1 that moved last, $3 of each at most and none that was silent for a year, and before them
-- those of $2 (the commit found them not to be as believed): a row for each open gap, or one without. $4 rows of a topic
-- at most, so that the gaps of its last stream may be cut off. number is the topic's place in $1, from 1.
SELECT t.number, r.stream, r.sequence, r.node, r.first_sequence, r.last_sequence
FROM unnest($1::text[]) WITH ORDINALITY AS t (topic, number)
CROSS JOIN LATERAL (
    SELECT c.turn, c.stream, c.sequence, c.node, g.first_sequence, g.last_sequence
    FROM (
        SELECT w.stream, w.sequence, w.node, 1 AS turn
        FROM ingest.watermark AS w
        WHERE w.topic = t.topic AND w.stream = ANY ($2::bytea[])
        UNION ALL
        (SELECT w.stream, w.sequence, w.node, 2
         FROM ingest.watermark AS w
         WHERE w.topic = t.topic
             AND w.moved_on > (now() AT TIME ZONE 'UTC')::date - 366
             AND w.stream <> ALL ($2::bytea[])
         ORDER BY w.moved_on DESC
         LIMIT $3::integer)
    ) AS c
    LEFT JOIN LATERAL (
        SELECT o.first_sequence, o.last_sequence FROM ingest.gap AS o
        WHERE o.topic = t.topic AND o.stream = c.stream
        OFFSET 0 -- of these streams only, even where the table has many more
    ) AS g ON true
    ORDER BY c.turn, c.stream, g.first_sequence
    LIMIT $4::integer
) AS r
ORDER BY t.number, r.turn, r.stream, r.first_sequence

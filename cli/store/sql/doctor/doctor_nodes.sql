-- Nodes that a collector observed, those silent for $1 microseconds, and three of these by name.
WITH node AS (
    SELECT h.name AS hub, n.name, n.last_observed AS until,
           n.last_observed < now() - $1::bigint * interval '1 microsecond' AS silent
    FROM usage.node AS n
    JOIN usage.hub AS h USING (hub_id)
    WHERE n.last_observed IS NOT NULL
)
SELECT count(*), count(*) FILTER (WHERE silent),
       coalesce((SELECT string_agg(format('%s/%s since %s', hub, name,
                                          to_char(until AT TIME ZONE 'UTC',
                                                  'YYYY-MM-DD"T"HH24:MI"Z"')), ', ')
                 FROM (SELECT * FROM node WHERE silent ORDER BY until DESC, hub, name LIMIT 3) AS s),
                '')
FROM node

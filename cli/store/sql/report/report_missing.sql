-- $1 months, $2 the institution of each; the months by themselves choose the partitions.
-- Charges may go to others than the owner of the hub, so its days count for everybody. Coverage is looked up once: it
-- reads every slot of the months. A node that several months have is one.
WITH covered AS MATERIALIZED (
    SELECT hub, node, observed, expected, silent_since
    FROM report.coverage
    WHERE month = ANY ($1::date[])
      AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
)
SELECT (SELECT count(DISTINCT (hub, day)) FROM report.pending_rating
        WHERE month = ANY ($1::date[])),
       (SELECT count(DISTINCT (hub, day)) FROM report.pending_rating
        WHERE month = ANY ($1::date[]) AND failure IS NOT NULL),
       c.nodes, c.silent, c.permille, c.names
FROM (SELECT count(DISTINCT (hub, node)) AS nodes,
             count(DISTINCT (hub, node)) FILTER (WHERE silent_since IS NOT NULL) AS silent,
             floor(1000 * sum(observed) / nullif(sum(expected), 0))::bigint AS permille,
             (SELECT string_agg(format('%s/%s since %s', hub, node,
                                       to_char(silent_since AT TIME ZONE 'UTC',
                                               'YYYY-MM-DD"T"HH24:MI"Z"')), ', ')
              FROM (SELECT DISTINCT hub, node, silent_since FROM covered
                    WHERE silent_since IS NOT NULL
                    ORDER BY silent_since DESC, hub, node
                    LIMIT $3::integer) AS s) AS names
      FROM covered) AS c

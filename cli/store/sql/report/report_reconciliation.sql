-- $1 months, $2 the institution of each; the months by themselves choose the partitions.
WITH node AS MATERIALIZED (
    SELECT hub, node, bool_and(difference = 0) AS exact,
           string_agg(format('%s %s (%s/%s)', trim_scale(difference), unit, hub, node), ', ')
           FILTER (WHERE difference <> 0) AS detail,
           sum(measured) FILTER (WHERE resource = 'cpu') AS measured,
           sum(discrepancy) FILTER (WHERE resource = 'cpu') AS discrepancy,
           bool_or(has_restarted) AS has_restarted
    FROM report.node_reconciliation
    WHERE month = ANY ($1::date[])
      AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
    GROUP BY institution, hub, node
)
SELECT CASE WHEN count(*) = 0 THEN 'reconciliation: no node has usage in this month'
       ELSE concat_ws(E'\n',
           format('reconciliation: node total = people + system on %s of %s node%s, difference %s',
                  count(*) FILTER (WHERE exact), count(*), CASE WHEN count(*) = 1 THEN '' ELSE 's' END,
                  coalesce(string_agg(detail, ', ') FILTER (WHERE NOT exact), '0')),
           CASE WHEN count(measured) = 0 THEN 'measured by the kernel: on no node'
           ELSE format('measured by the kernel: %s core-seconds on %s of %s node%s, discrepancy %s (%s %%)',
                       round(sum(measured), 3), count(measured), count(*), CASE WHEN count(*) = 1 THEN '' ELSE 's' END,
                       round(sum(discrepancy), 3),
                       coalesce(round(100 * sum(discrepancy)
                                      / nullif(greatest(sum(measured), sum(measured - discrepancy)), 0), 2), 0)) END,
           'a counter of the kernel started over on ' || string_agg(format('%s/%s', hub, node), ', ' ORDER BY hub, node)
           FILTER (WHERE has_restarted)) END
FROM node

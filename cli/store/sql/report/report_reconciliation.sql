-- $1 months, $2 the institution of each; the months by themselves choose the partitions.
SELECT CASE WHEN count(*) = 0 THEN 'reconciliation: no node has usage in this month'
       ELSE format('reconciliation: node total = people + system on %s of %s node%s, difference %s',
                   count(*) FILTER (WHERE exact), count(*),
                   CASE WHEN count(*) = 1 THEN '' ELSE 's' END,
                   coalesce(string_agg(detail, ', ') FILTER (WHERE NOT exact), '0')) END
FROM (SELECT bool_and(difference = 0) AS exact,
             string_agg(format('%s %s (%s/%s)', trim_scale(difference), unit, hub, node), ', ')
             FILTER (WHERE difference <> 0) AS detail
      FROM report.node_reconciliation
      WHERE month = ANY ($1::date[])
        AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
      GROUP BY institution, hub, node) AS n

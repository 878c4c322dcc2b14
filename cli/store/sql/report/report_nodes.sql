-- $1 months, $2 the institution of each; the months by themselves choose the partitions.
SELECT institution, hub, node, to_char(month, 'YYYY-MM') AS month, resource,
       trim_scale(total) AS total, trim_scale(people) AS people, trim_scale(system) AS system,
       trim_scale(difference) AS difference, trim_scale(measured) AS measured, trim_scale(discrepancy) AS discrepancy,
       trim_scale(steal) AS steal, unit, trim_scale(coverage) AS coverage
FROM report.node_reconciliation
WHERE month = ANY ($1::date[])
  AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
ORDER BY institution, hub, node, month, resource

-- $1 months, $2 the institution of each; the months by themselves choose the partitions.
SELECT unit, trim_scale(sum(billable))
FROM report.unpriced_usage
WHERE month = ANY ($1::date[])
  AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
GROUP BY unit
ORDER BY unit

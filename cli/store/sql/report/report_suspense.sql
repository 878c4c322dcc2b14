-- $1 months, $2 the institution of each; the months by themselves choose the partitions.
SELECT institution, to_char(month, 'YYYY-MM') AS month, hub, username, tag, person, reason, resource,
       trim_scale(used) AS used, trim_scale(reserved) AS reserved, trim_scale(billable) AS billable,
       unit, amount, currency,
       to_char(first_slot AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS first_slot,
       to_char(last_slot AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS last_slot
FROM report.suspense
WHERE month = ANY ($1::date[])
  AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
ORDER BY institution, month, hub, username, tag, person NULLS LAST, reason, resource, currency

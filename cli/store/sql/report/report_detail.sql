-- $1 months, $2 the institution of each; the months by themselves choose the partitions. $3 a unit and what
-- is below it, $4 a person; '' for all.
SELECT institution, to_char(month, 'YYYY-MM') AS month, department, day, person, resource, username, hub,
       server_name AS server, tag, class, line_id::text AS line,
       trim_scale(used) AS used, trim_scale(reserved) AS reserved, trim_scale(billable) AS billable, unit,
       trim_scale(rate) || ' ' || rate_unit AS rate, amount, currency, why
FROM report.charge_detail
WHERE month = ANY ($1::date[])
  AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
  AND ($3 = '' OR (institution, month, department) IN
                  (SELECT b.institution, m.month, b.department
                   FROM (SELECT DISTINCT unnest($1::date[]) AS month) AS m
                   CROSS JOIN LATERAL report.units_below($3, m.month) AS b))
  AND $4 IN ('', coalesce(person, ''))
ORDER BY institution, month, department, day, person NULLS LAST, resource, username, hub, server_name, tag, class,
         first_slot, line_id, sequence

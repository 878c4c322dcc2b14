-- $1 months, $2 the institution of each; the months by themselves choose the partitions. $3 a unit and what
-- is below it; '' for all.
-- Trailing zeros of quantities say nothing; amounts keep their nine digits and line up.
SELECT institution, to_char(month, 'YYYY-MM') AS month, department, resource,
       trim_scale(used) AS used, trim_scale(reserved) AS reserved, trim_scale(billable) AS billable,
       unit, amount, currency
FROM report.department_cost
WHERE month = ANY ($1::date[])
  AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
  AND ($3 = '' OR (institution, month, department) IN
                  (SELECT b.institution, m.month, b.department
                   FROM (SELECT DISTINCT unnest($1::date[]) AS month) AS m
                   CROSS JOIN LATERAL report.units_below($3, m.month) AS b))
ORDER BY institution, month, department, resource, currency

-- $1 months, $2 the institution of each; the months by themselves choose the partitions. $3 a unit and what
-- is below it; '' for all.
SELECT institution, to_char(posting_month, 'YYYY-MM') AS posting_month, to_char(month, 'YYYY-MM') AS month, fund, plan,
       reason, sum(amount) AS amount, currency
FROM report.fund_leg
WHERE month = ANY ($1::date[])
  AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
  AND ($3 = '' OR (institution, month, department) IN
                  (SELECT b.institution, m.month, b.department
                   FROM (SELECT DISTINCT unnest($1::date[]) AS month) AS m
                   CROSS JOIN LATERAL report.units_below($3, m.month) AS b))
GROUP BY institution, report.fund_leg.posting_month, report.fund_leg.month, fund, plan, reason, currency
ORDER BY institution, report.fund_leg.posting_month, report.fund_leg.month, fund, plan, reason, currency

-- What the month was spent on, by the price book.
SELECT resource, sum(used) AS used, sum(billable) AS billable, unit, sum(amount) AS amount,
       round(100 * sum(amount) / nullif(sum(sum(amount)) OVER (PARTITION BY currency), 0), 1) AS percent, currency
FROM report.department_cost
WHERE institution = :'institution' AND month = (:'month' || '-01')::date
  AND (:'unit' = '' OR department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                      WHERE b.institution = :'institution'))
GROUP BY resource, unit, currency
ORDER BY amount DESC, resource

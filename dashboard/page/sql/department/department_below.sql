-- What belongs to the department itself and to each below it.
SELECT d.department, d.name, d.usage_amount, d.fee_amount, d.usage_amount + d.fee_amount AS cost, d.bill_amount,
       d.currency
FROM report.department_month AS d
WHERE d.institution = :'institution' AND d.month = (:'month' || '-01')::date
  AND d.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                       WHERE b.institution = :'institution')
ORDER BY cost DESC, d.department

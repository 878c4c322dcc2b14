-- Those with charges in the year up to the month.
SELECT DISTINCT department AS unit, department AS label
FROM report.department_month
WHERE institution = :'institution'
  AND month BETWEEN ((:'month' || '-01')::date - interval '11 months')::date AND (:'month' || '-01')::date
ORDER BY unit

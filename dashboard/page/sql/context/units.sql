-- Those with charges in the year up to the month.
SELECT department AS unit, max(name) AS name
FROM report.department_month
WHERE institution = :'institution'
  AND month BETWEEN ((:'month' || '-01')::date - interval '11 months')::date AND (:'month' || '-01')::date
GROUP BY department
ORDER BY department

-- Those with charges that the reader may see, the newest first, and the one it is now. Whoever sees no department
-- has months of people.
WITH of_departments AS (
    SELECT DISTINCT month FROM report.department_month WHERE institution = :'institution'
), of_people AS (
    SELECT DISTINCT month FROM report.user_cost
    WHERE institution = :'institution' AND NOT EXISTS (SELECT FROM of_departments)
)
SELECT to_char(month, 'YYYY-MM') AS month, to_char(month, 'YYYY-MM') AS label, bool_or(has_charges) AS has_charges
FROM (SELECT month, true AS has_charges FROM of_departments
      UNION ALL SELECT month, true FROM of_people
      UNION ALL SELECT current_month, false FROM report.institution WHERE institution = :'institution') AS m
GROUP BY month
ORDER BY month DESC

SELECT e.department, e.active_people, e.active_students, e.courses, e.instructional_hours, e.amount, e.per_person,
       e.per_student, e.per_course, e.per_instructional_hour, e.currency
FROM report.unit_economics AS e
WHERE e.institution = :'institution' AND e.month = (:'month' || '-01')::date
  AND (:'unit' = '' OR e.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                        WHERE b.institution = :'institution'))
ORDER BY e.amount DESC, e.department

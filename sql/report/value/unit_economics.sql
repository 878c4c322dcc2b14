-- Courses, their students and hours are those of the charges that a department pays for courses, and so is what they
-- cost. A student's day counts from the first to the last quarter of an hour in which CPU was used or reserved for the
-- course; whoever teaches it is active, but no student of it.
CREATE VIEW report.unit_economics WITH (security_invoker = true) AS
WITH student_day AS (
    SELECT s.institution_id, s.month, s.unit_id, s.group_id, s.person_id, s.hub_id, w.username, s.currency, s.day,
           extract(epoch FROM max(s.last_slot) - min(s.first_slot) + usage.slot_length()) AS lasted
    FROM charge.share AS s
    JOIN charge.workload_group AS w USING (workload_group_id)
    WHERE s.basis = 'rate_card' AND s.resource = 'cpu'
      AND s.group_id IN (SELECT c.group_id FROM org.user_group AS c WHERE c.kind = 'course')
    GROUP BY s.institution_id, s.month, s.unit_id, s.group_id, s.person_id, s.hub_id, w.username, s.currency, s.day
    HAVING sum(s.billable) <> 0
),
by_person AS (
    SELECT m.institution_id, m.month, m.unit_id, o.group_id AS course_id, m.person_id, m.currency,
           charge.somebody(m.person_id, m.hub_id, m.username) AS somebody,
           bool_or(m.is_used) AS is_used, sum(m.amount) AS amount, sum(m.lasted) AS lasted
    FROM (SELECT institution_id, month, unit_id, group_id, person_id, hub_id, username, currency,
                 billable <> 0 AS is_used, amount, 0 AS lasted
          FROM charge.person_month
          WHERE basis = 'rate_card' AND shares > 0
          UNION ALL
          SELECT institution_id, month, unit_id, group_id, person_id, hub_id, username, currency, true, 0, lasted
          FROM student_day) AS m
    LEFT JOIN org.user_group AS o ON o.group_id = m.group_id AND o.kind = 'course'
    GROUP BY m.institution_id, m.month, m.unit_id, o.group_id, m.person_id, m.currency, somebody
),
tallied AS (
    SELECT i.code AS institution, p.month, coalesce(u.code, '(suspense)') AS department,
           count(DISTINCT p.somebody) FILTER (WHERE p.is_used) AS active_people,
           count(DISTINCT p.somebody) FILTER (WHERE p.is_used AND t.is_student) AS active_students,
           count(DISTINCT p.course_id) FILTER (WHERE p.is_used) AS courses,
           coalesce(sum(p.lasted) FILTER (WHERE t.is_student), 0) / 3600 AS instructional_hours,
           sum(p.amount) AS amount,
           sum(p.amount) FILTER (WHERE p.course_id IS NOT NULL) AS course_amount,
           p.currency
    FROM by_person AS p
    JOIN org.institution AS i USING (institution_id)
    LEFT JOIN org.unit AS u USING (unit_id)
    CROSS JOIN LATERAL (
        SELECT p.course_id IS NOT NULL AND p.somebody IS NOT NULL AND NOT EXISTS (
                   SELECT FROM org.group_member AS m
                   WHERE m.group_id = p.course_id AND m.person_id = p.person_id
                     AND m.role IN ('teacher', 'instructor', 'ta', 'pi', 'designer')
                     AND m.valid && tstzrange(p.month::timestamp AT TIME ZONE i.time_zone,
                                              (p.month + interval '1 month') AT TIME ZONE i.time_zone)) AS is_student
    ) AS t
    GROUP BY i.code, p.month, u.code, p.currency
)
SELECT institution, month, department, active_people, active_students, courses,
       round(instructional_hours, 2)     AS instructional_hours,
       amount,
       round(amount / nullif(active_people, 0), 9) AS per_person,
       round(course_amount / nullif(active_students, 0), 9) AS per_student,
       round(course_amount / nullif(courses, 0), 9) AS per_course,
       round(course_amount / nullif(instructional_hours, 0), 9) AS per_instructional_hour,
       currency
FROM tallied;

COMMENT ON VIEW report.unit_economics IS 'What each department paid by the price book in a month, per person, and what it paid for courses, per student, course and hour. Adds up to report.department_cost exactly';
COMMENT ON COLUMN report.unit_economics.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.unit_economics.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.unit_economics.department IS 'Code of the department that pays; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.unit_economics.active_people IS 'How many used something; user names that are nobody''s yet count each by itself';
COMMENT ON COLUMN report.unit_economics.active_students IS 'How many of them used something for a course that they did not teach in that month';
COMMENT ON COLUMN report.unit_economics.courses IS 'For how many courses something was used';
COMMENT ON COLUMN report.unit_economics.instructional_hours IS 'Hours of students: of each student, hub, course and UTC day the time from the first to the last quarter of an hour in which CPU was used or reserved for the course, with what lies between';
COMMENT ON COLUMN report.unit_economics.amount IS 'Cost of all usage in the currency of the row, to nano-units';
COMMENT ON COLUMN report.unit_economics.per_person IS 'Amount by active_people, to nano-units; null: nobody';
COMMENT ON COLUMN report.unit_economics.per_student IS 'What the courses cost by active_students, to nano-units; null: none';
COMMENT ON COLUMN report.unit_economics.per_course IS 'What the courses cost by courses, to nano-units; null: none';
COMMENT ON COLUMN report.unit_economics.per_instructional_hour IS 'What the courses cost by instructional_hours, to nano-units; null: none';
COMMENT ON COLUMN report.unit_economics.currency IS 'ISO 4217 code of the amounts: the currency of the owner of the hubs';

GRANT SELECT ON report.unit_economics TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT ON charge.person_month TO hm_finance;
GRANT SELECT (institution_id, month, unit_id, group_id, person_id, hub_id, day, workload_group_id, resource, basis,
              billable, currency, first_slot, last_slot) ON charge.share TO hm_finance;
GRANT SELECT (workload_group_id, username) ON charge.workload_group TO hm_finance;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance;
GRANT SELECT (group_id, kind) ON org.user_group TO hm_finance;
GRANT SELECT (group_id, person_id, role, valid) ON org.group_member TO hm_finance;

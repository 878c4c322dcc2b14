-- Weeks are of UTC days, so that one is the same whichever calendar pays. Whoever taught the course in that week is not
-- counted among its students, but what was used to teach is a part of what the course cost.
--
-- A week is added up by numbers before names are joined to it and put in order.
--
-- Whoever may not see who used a course sees it in sums of many alone, and nothing of it by week.
CREATE VIEW report.course_cost WITH (security_invoker = true) AS
SELECT institution,
       course,
       name,
       week                              AS first_day,
       week + 6                          AS last_day,
       students,
       amount,
       round(amount / nullif(students, 0), 9) AS per_student,
       currency
FROM (SELECT u.institution, u.course, u.name, u.week, u.currency, sum(u.amount) AS amount,
             count(DISTINCT u.somebody) FILTER (WHERE u.billable <> 0 AND NOT EXISTS (
                 SELECT FROM org.group_member AS m
                 WHERE m.group_id = u.group_id AND m.person_id = u.person_id
                   AND m.role IN ('teacher', 'instructor', 'ta', 'pi', 'designer')
                   AND m.valid && tstzrange(u.week::timestamp AT TIME ZONE 'UTC',
                                            (u.week + 7)::timestamp AT TIME ZONE 'UTC'))) AS students
      FROM (SELECT s.institution, s.course, s.name, s.group_id, s.week, s.person_id, s.currency,
                   charge.somebody(s.person_id, s.hub_id, w.username) AS somebody,
                   s.resource, sum(s.billable) AS billable, sum(s.amount) AS amount
            FROM (SELECT i.code AS institution, o.code AS course, o.name, s.group_id,
                         date_trunc('week', s.day::timestamp)::date AS week, s.workload_group_id, s.person_id, s.hub_id,
                         s.resource, s.currency, sum(s.billable) AS billable, sum(s.amount) AS amount
                  FROM charge.share AS s
                  JOIN org.user_group AS o ON o.group_id = s.group_id AND o.kind = 'course'
                  JOIN org.institution AS i ON i.institution_id = s.institution_id
                  WHERE s.basis = 'rate_card' AND s.group_id <> ALL ((SELECT org.summed_groups())::integer[])
                  GROUP BY s.workload_group_id, s.person_id, s.hub_id, week, s.resource, s.currency, s.group_id, i.code,
                           o.code, o.name) AS s
            JOIN charge.workload_group AS w USING (workload_group_id)
            GROUP BY s.person_id, somebody, s.week, s.resource, s.currency, s.group_id, s.institution, s.course,
                     s.name) AS u
      GROUP BY u.institution, u.course, u.name, u.week, u.currency) AS w
UNION ALL
SELECT institution, course, name, first_day, last_day, students, amount, round(amount / nullif(students, 0), 9),
       currency
FROM charge.course_sums();

COMMENT ON VIEW report.course_cost IS 'What each course cost by the price book in a week, and per student; adds up to report.group_cost over all weeks exactly. Whoever teaches a course of an institution that does not show names (shows_names in org files) sees it in several weeks together: so many that at least smallest_group students used it, what is left at the end of a term with those before it. The last of them is shown once the next is as large, or nothing was used for 8 weeks, and then stays as it is; too few in all are no row';
COMMENT ON COLUMN report.course_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.course_cost.course IS 'Code of the course';
COMMENT ON COLUMN report.course_cost.name IS 'Name of the course';
COMMENT ON COLUMN report.course_cost.first_day IS 'Monday of the first week, a UTC day';
COMMENT ON COLUMN report.course_cost.last_day IS 'Sunday of the last week, a UTC day: the same week, where names may be seen';
COMMENT ON COLUMN report.course_cost.students IS 'How many used something for it in the week, without its teachers, instructors, assistants, designers and principal investigators; user names that are nobody''s yet count each by itself. In sums of several weeks: without whoever was one of these at any time';
COMMENT ON COLUMN report.course_cost.amount IS 'In the currency of the row, to nano-units; with what its teachers used for it';
COMMENT ON COLUMN report.course_cost.per_student IS 'Amount by students, to nano-units; null: no student used it';
COMMENT ON COLUMN report.course_cost.currency IS 'ISO 4217 code of the amount: the currency of the owner of the hubs';

GRANT SELECT ON report.course_cost TO hm_finance, hm_rater, hm_instructor;
-- What it reads, and no more.
GRANT SELECT (institution_id, group_id, day, person_id, hub_id, workload_group_id, resource, basis, billable, amount,
              currency) ON charge.share TO hm_finance, hm_instructor;
GRANT SELECT (workload_group_id, username) ON charge.workload_group TO hm_finance, hm_instructor;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_instructor;
GRANT SELECT (group_id, code, kind, name) ON org.user_group TO hm_finance, hm_instructor;
GRANT SELECT (group_id, person_id, role, valid) ON org.group_member TO hm_finance, hm_instructor;

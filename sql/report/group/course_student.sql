-- Added up by numbers before names are joined to it and put in order.
CREATE VIEW report.course_student WITH (security_invoker = true) AS
SELECT s.institution,
       s.course,
       s.week,
       p.code                            AS person,
       w.username,
       coalesce(sum(s.cpu), 0) * r.shown_factor AS used_core_sec,
       sum(s.amount)                     AS amount,
       s.currency
FROM (SELECT i.code AS institution, o.code AS course, date_trunc('week', s.day::timestamp)::date AS week,
             s.workload_group_id, s.person_id, s.currency,
             sum(s.used) FILTER (WHERE s.resource = 'cpu') AS cpu, sum(s.amount) AS amount
      FROM charge.share AS s
      JOIN org.user_group AS o ON o.group_id = s.group_id AND o.kind = 'course'
      JOIN org.institution AS i ON i.institution_id = s.institution_id
      WHERE s.basis = 'rate_card'
      GROUP BY s.workload_group_id, s.person_id, week, s.currency, i.code, o.code) AS s
JOIN charge.workload_group AS w USING (workload_group_id)
JOIN price.resource AS r ON r.code = 'cpu'
LEFT JOIN org.person AS p USING (person_id)
GROUP BY s.institution, s.course, s.week, p.code, w.username, r.shown_factor, s.currency;

COMMENT ON VIEW report.course_student IS 'Who used what for a course in a week, and what it cost by the price book, also those who teach it. Adds up to report.course_cost exactly';
COMMENT ON COLUMN report.course_student.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.course_student.course IS 'Code of the course';
COMMENT ON COLUMN report.course_student.week IS 'Monday of the week, a UTC day';
COMMENT ON COLUMN report.course_student.person IS 'Opaque key of the person; null if the user name is nobody''s yet';
COMMENT ON COLUMN report.course_student.username IS 'What the hub calls the person; empty if it is not known yet';
COMMENT ON COLUMN report.course_student.used_core_sec IS 'CPU consumed, in core-seconds; exact';
COMMENT ON COLUMN report.course_student.amount IS 'Cost of all resources in the currency of the row, to nano-units';
COMMENT ON COLUMN report.course_student.currency IS 'ISO 4217 code of the amount: the currency of the owner of the hubs';

GRANT SELECT ON report.course_student TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (institution_id, group_id, day, person_id, workload_group_id, resource, basis, used, amount, currency)
    ON charge.share TO hm_finance;
GRANT SELECT (workload_group_id, username) ON charge.workload_group TO hm_finance;
GRANT SELECT (code, shown_factor) ON price.resource TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;
GRANT SELECT (group_id, code, kind) ON org.user_group TO hm_finance;
GRANT SELECT (person_id, code) ON org.person TO hm_finance;

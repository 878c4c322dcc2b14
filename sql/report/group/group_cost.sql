-- Somebody counts in a group who used something for it: as a person, or where the user name is nobody's yet by that.
-- What came and was taken back again later is no use.
--
-- Whoever may not see who used a course sees it in sums of many alone.
CREATE VIEW report.group_cost WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       o.code                            AS group_code,
       o.kind,
       o.name,
       coalesce(u.code, '(suspense)')    AS department,
       s.basis,
       count(DISTINCT s.somebody) FILTER (WHERE s.billable <> 0) AS people,
       sum(s.amount)                     AS amount,
       s.currency
FROM (SELECT m.*, charge.somebody(m.person_id, m.hub_id, m.username) AS somebody
      FROM charge.person_month AS m
      WHERE m.group_id IS NOT NULL AND m.shares > 0
        AND m.group_id <> ALL ((SELECT org.summed_groups())::integer[])) AS s
JOIN org.institution AS i USING (institution_id)
JOIN org.user_group AS o USING (group_id)
LEFT JOIN org.unit AS u USING (unit_id)
GROUP BY i.code, s.month, o.code, o.kind, o.name, u.code, s.basis, s.currency
UNION ALL
SELECT institution, month, group_code, kind, name, NULL, 'rate_card', people, amount, currency
FROM charge.group_sums();

COMMENT ON VIEW report.group_cost IS 'What was used for each course, lab, project or service in a month cost, and how many people used it. One row per group, department that paid, basis and currency; adds up to the charges that are for a group exactly. Whoever teaches a course of an institution that does not show names (shows_names in org files) sees it by the price book, over all departments, and in the weeks put together of report.course_cost, each in the month in which it begins';
COMMENT ON COLUMN report.group_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.group_cost.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.group_cost.group_code IS 'Code of the group';
COMMENT ON COLUMN report.group_cost.kind IS 'course, lab, project or service';
COMMENT ON COLUMN report.group_cost.name IS 'Name of the group';
COMMENT ON COLUMN report.group_cost.department IS 'Code of the department that paid for it; (suspense): nobody yet; null: all of them, where names may not be seen';
COMMENT ON COLUMN report.group_cost.basis IS 'rate_card: by the price book; actual: by the bill. One beside the other, never together';
COMMENT ON COLUMN report.group_cost.people IS 'How many used something for it; user names that are nobody''s yet count each by itself. Where names may not be seen: students, as report.course_cost.students';
COMMENT ON COLUMN report.group_cost.amount IS 'In the currency of the row, to nano-units';
COMMENT ON COLUMN report.group_cost.currency IS 'ISO 4217 code of the amount: the currency of the owner of the hubs';

GRANT SELECT ON report.group_cost TO hm_finance, hm_rater, hm_instructor;
-- What it reads, and no more.
GRANT SELECT ON charge.person_month TO hm_finance, hm_instructor;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_instructor;
GRANT SELECT (group_id, code, kind, name) ON org.user_group TO hm_finance, hm_instructor;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_instructor;

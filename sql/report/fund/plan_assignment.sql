CREATE VIEW report.plan_assignment WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                                     AS institution,
       p.code                                     AS plan,
       a.scope,
       coalesce(u.code, g.code, o.code, a.tag)    AS code,
       lower(a.valid)                             AS valid_from,
       upper(a.valid)                             AS valid_to
FROM fund.assignment AS a
JOIN fund.plan AS p USING (plan_id)
JOIN org.whole_institution AS i ON i.institution_id = a.institution_id
LEFT JOIN org.unit AS u USING (unit_id)
LEFT JOIN org.user_group AS g USING (group_id)
LEFT JOIN org.person AS o USING (person_id)
WHERE a.voided_at IS NULL;

COMMENT ON VIEW report.plan_assignment IS 'Whose charges each plan pays, and when';
COMMENT ON COLUMN report.plan_assignment.institution IS 'Code of the institution whose plan it is';
COMMENT ON COLUMN report.plan_assignment.plan IS 'Code of the plan';
COMMENT ON COLUMN report.plan_assignment.scope IS 'unit, group, person or tag';
COMMENT ON COLUMN report.plan_assignment.code IS 'Code of the department (with all below it) or group, key of the person, or the tag';
COMMENT ON COLUMN report.plan_assignment.valid_from IS 'From when it holds (UTC); null: ever since';
COMMENT ON COLUMN report.plan_assignment.valid_to IS 'From when it holds no more (UTC); null: open';

GRANT SELECT ON report.plan_assignment TO hm_finance, hm_rater, hm_controller;
-- What it reads, and no more.
GRANT SELECT (institution_id, plan_id, scope, unit_id, group_id, person_id, tag, valid, voided_at)
    ON fund.assignment TO hm_finance, hm_controller;
GRANT SELECT (plan_id, code) ON fund.plan TO hm_finance, hm_controller;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_controller;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_controller;
GRANT SELECT (group_id, code) ON org.user_group TO hm_finance, hm_controller;
GRANT SELECT (person_id, code) ON org.person TO hm_finance, hm_controller;

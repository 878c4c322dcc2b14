CREATE VIEW report.plan_version WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code AS institution, p.code AS plan, v.valid_from, fund.version_status(v) AS status, v.author, v.entered_by,
       coalesce(v.approved_by, v.approver) AS approver, f.tier, f.sequence AS leg, f.reason AS fault
FROM fund.plan_version AS v
JOIN fund.plan AS p USING (plan_id)
JOIN org.whole_institution AS i USING (institution_id)
LEFT JOIN LATERAL fund.plan_faults((SELECT array_agg(l) FROM fund.plan_leg AS l
                                    WHERE l.plan_version_id = v.plan_version_id)) AS f ON true
WHERE v.voided_at IS NULL;

COMMENT ON VIEW report.plan_version IS 'Versions of plans, a row for each fault of one; whatever is approved without a fault pays';
COMMENT ON COLUMN report.plan_version.institution IS 'Code of the institution';
COMMENT ON COLUMN report.plan_version.plan IS 'Code of the plan';
COMMENT ON COLUMN report.plan_version.valid_from IS 'When it begins to hold (UTC)';
COMMENT ON COLUMN report.plan_version.status IS 'waiting: for somebody to approve it; approved; recorded: a file says who approved it, for usage before the database was made';
COMMENT ON COLUMN report.plan_version.author IS 'Who wrote it, as the file says';
COMMENT ON COLUMN report.plan_version.entered_by IS 'The login that entered it';
COMMENT ON COLUMN report.plan_version.approver IS 'The login that approved it, or who did as the file says; null: nobody';
COMMENT ON COLUMN report.plan_version.tier IS 'Of the leg that is wrong; null: it has no fault';
COMMENT ON COLUMN report.plan_version.leg IS 'Its place within the tier';
COMMENT ON COLUMN report.plan_version.fault IS 'What is wrong with it, and what to do; null: nothing';

GRANT SELECT ON report.plan_version TO hm_finance, hm_rater, hm_controller;
-- What it reads, and no more.
GRANT SELECT ON fund.plan, fund.plan_version, fund.plan_leg TO hm_finance, hm_controller;
GRANT SELECT (institution_id, fund_id, code, kind, is_limited) ON fund.fund TO hm_finance, hm_controller;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_controller;

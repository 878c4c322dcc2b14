CREATE VIEW report.fee_cost WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       coalesce(u.code, '(suspense)')    AS department,
       substring(g.tag FROM '^\(fee (.*)\)$') AS fee,
       s.resource                        AS kind,
       s.billable                        AS users,
       s.amount,
       s.currency
FROM charge.share AS s
JOIN charge.workload_group AS g USING (workload_group_id)
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
WHERE s.basis = 'fee';

COMMENT ON VIEW report.fee_cost IS 'Fees for active users and memberships: charges beside usage, a row per fee and month';
COMMENT ON COLUMN report.fee_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.fee_cost.month IS 'First day of the month; users are counted by UTC days';
COMMENT ON COLUMN report.fee_cost.department IS 'Code of the department that pays; (suspense): nobody yet';
COMMENT ON COLUMN report.fee_cost.fee IS 'Code of the fee';
COMMENT ON COLUMN report.fee_cost.kind IS 'active users or membership';
COMMENT ON COLUMN report.fee_cost.users IS 'Active users; 0 for a membership';
COMMENT ON COLUMN report.fee_cost.amount IS 'In the currency of the row, to nano-units';
COMMENT ON COLUMN report.fee_cost.currency IS 'ISO 4217 code';

GRANT SELECT ON report.fee_cost TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, unit_id, workload_group_id, resource, basis, billable, amount, currency)
    ON charge.share TO hm_finance, hm_dashboard;
GRANT SELECT (workload_group_id, tag) ON charge.workload_group TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_dashboard;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_dashboard;

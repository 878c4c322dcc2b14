-- What a fund paid is kept as sums; why none pays stands in the legs themselves.
CREATE VIEW report.fund_leg WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                            AS institution,
       t.period                          AS posting_month,
       t.month,
       f.code                            AS fund,
       f.name,
       f.kind,
       p.code                            AS plan,
       coalesce(u.code, '(suspense)')    AS department,
       NULL                              AS reason,
       sum(t.amount)                     AS amount,
       t.currency
FROM fund.day_total AS t
JOIN fund.plan_leg AS l USING (plan_leg_id)
JOIN fund.plan_version AS v USING (plan_version_id)
JOIN fund.plan AS p USING (plan_id)
JOIN fund.fund AS f USING (fund_id)
JOIN org.institution AS i ON i.institution_id = t.institution_id
LEFT JOIN org.unit AS u USING (unit_id)
GROUP BY i.code, t.period, t.month, f.code, f.name, f.kind, p.code, u.code, t.currency
UNION ALL
SELECT i.code, l.period, l.month, '(none)', NULL, NULL, NULL, coalesce(u.code, '(suspense)'), l.reason,
       sum(l.amount), l.currency
FROM fund.leg AS l
JOIN org.whole_institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
WHERE l.fund_id IS NULL
GROUP BY i.code, l.period, l.month, u.code, l.reason, l.currency;

COMMENT ON VIEW report.fund_leg IS 'Which money pays: charges by month, fund, plan and department. Adds up to the charges exactly (report.funding_reconciliation)';
COMMENT ON COLUMN report.fund_leg.institution IS 'Code of the institution that is charged, and whose fund it is';
COMMENT ON COLUMN report.fund_leg.posting_month IS 'First day of the month it is booked in: the usage month, or a later one where that was closed';
COMMENT ON COLUMN report.fund_leg.month IS 'First day of the usage month, in that institution''s calendar';
COMMENT ON COLUMN report.fund_leg.fund IS 'Code of the fund; (none): none pays yet';
COMMENT ON COLUMN report.fund_leg.name IS 'Name of the fund; null: none';
COMMENT ON COLUMN report.fund_leg.kind IS 'federal, sponsored, gift, operating, prepaid, subsidy, suspense or write-off; null: no fund';
COMMENT ON COLUMN report.fund_leg.plan IS 'Code of the plan by which it pays; null: none';
COMMENT ON COLUMN report.fund_leg.department IS 'Code of the department; (suspense): nobody''s yet';
COMMENT ON COLUMN report.fund_leg.reason IS 'Why no fund pays, in words; null: one does';
COMMENT ON COLUMN report.fund_leg.amount IS 'In the currency of the row, to nano-units';
COMMENT ON COLUMN report.fund_leg.currency IS 'ISO 4217 code of the amount';

GRANT SELECT ON report.fund_leg TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, period, plan_leg_id, unit_id, currency, amount) ON fund.day_total TO hm_finance;
GRANT SELECT (institution_id, month, period, unit_id, fund_id, reason, amount, currency) ON fund.leg TO hm_finance;
GRANT SELECT (plan_leg_id, plan_version_id, fund_id) ON fund.plan_leg TO hm_finance;
GRANT SELECT (plan_version_id, plan_id) ON fund.plan_version TO hm_finance;
GRANT SELECT (plan_id, code) ON fund.plan TO hm_finance;
GRANT SELECT (fund_id, code, name, kind) ON fund.fund TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance;

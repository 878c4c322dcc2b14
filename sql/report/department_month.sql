-- What an institution's departments cost in a month, by each of the bases that there are side by side. They are never
-- added up: usage by the price book and the bill of the same machines are two answers to one question.
CREATE VIEW report.department_month WITH (security_invoker = true) AS
SELECT i.code                                             AS institution,
       s.month,
       coalesce(u.code, '(suspense)')                     AS department,
       coalesce(u.name, 'in suspense')                    AS name,
       coalesce(sum(s.amount) FILTER (WHERE s.basis = 'rate_card'), 0) AS usage_amount,
       coalesce(sum(s.amount) FILTER (WHERE s.basis = 'actual'), 0)    AS bill_amount,
       coalesce(sum(s.amount) FILTER (WHERE s.basis = 'fee'), 0)       AS fee_amount,
       s.currency
FROM charge.unit_month AS s
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
WHERE s.shares > 0
GROUP BY i.code, s.month, u.code, u.name, s.currency;

COMMENT ON VIEW report.department_month IS 'What each department cost in a month: one row per department and currency';
COMMENT ON COLUMN report.department_month.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.department_month.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.department_month.department IS 'Code of the department; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.department_month.name IS 'Its name';
COMMENT ON COLUMN report.department_month.usage_amount IS 'Usage by the price book, to nano-units of the currency';
COMMENT ON COLUMN report.department_month.bill_amount IS 'Its part of the bills, to nano-units of the currency: the same usage at what it really cost, not to be added to the other';
COMMENT ON COLUMN report.department_month.fee_amount IS 'Fees for active users and memberships, to nano-units of the currency';
COMMENT ON COLUMN report.department_month.currency IS 'ISO 4217 code of the amounts';

GRANT SELECT ON report.department_month TO hm_finance, hm_rater, hm_steward, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, unit_id, basis, amount, currency, shares)
    ON charge.unit_month TO hm_finance, hm_steward, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_steward, hm_dashboard;
GRANT SELECT (unit_id, code, name) ON org.unit TO hm_finance, hm_steward, hm_dashboard;

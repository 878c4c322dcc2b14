CREATE VIEW report.department_cost WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       coalesce(u.code, '(suspense)')    AS department,
       s.resource,
       sum(s.used) * r.shown_factor      AS used,
       sum(s.reserved) * r.shown_factor  AS reserved,
       sum(s.billable) * r.shown_factor  AS billable,
       r.shown_unit                      AS unit,
       sum(s.amount)                     AS amount,
       s.currency
FROM charge.unit_month AS s
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
JOIN price.resource AS r ON r.code = s.resource
WHERE s.basis = 'rate_card' AND s.shares > 0
GROUP BY i.code, s.month, u.code, s.resource, r.shown_factor, r.shown_unit, s.currency;

COMMENT ON VIEW report.department_cost IS 'What each department used in a month and what it cost. One row per department, resource and currency; adds up to the charge lines exactly';
COMMENT ON COLUMN report.department_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.department_cost.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.department_cost.department IS 'Code of the department; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.department_cost.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.department_cost.used IS 'Consumed, in the unit of the row; exact';
COMMENT ON COLUMN report.department_cost.reserved IS 'Requested or guaranteed, in the unit of the row; exact';
COMMENT ON COLUMN report.department_cost.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.department_cost.unit IS 'Unit of used, reserved and billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.department_cost.amount IS 'Cost in the currency of the row, to nano-units; usage without a price costs 0, see report.unpriced_usage';
COMMENT ON COLUMN report.department_cost.currency IS 'ISO 4217 code of the amount: the currency of the owner of the hubs';

GRANT SELECT ON report.department_cost TO hm_finance, hm_rater, hm_steward, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, unit_id, resource, basis, used, reserved, billable, amount,
              currency, shares) ON charge.unit_month TO hm_finance, hm_steward, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_steward, hm_dashboard;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_steward, hm_dashboard;
GRANT SELECT (code, shown_unit, shown_factor) ON price.resource TO hm_finance, hm_steward, hm_dashboard;

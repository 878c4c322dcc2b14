-- Quotients are rounded once: 36 digits are more than those that billable units can tell from a half.
CREATE VIEW report.idle_cost WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       coalesce(u.code, '(suspense)')    AS department,
       s.resource,
       s.reserved * r.shown_factor       AS reserved,
       s.used * r.shown_factor           AS used,
       s.billable * r.shown_factor       AS billable,
       (s.billable - s.used) * r.shown_factor AS idle,
       r.shown_unit                      AS unit,
       s.amount,
       coalesce(round(s.amount::numeric(60,36) * (s.billable - s.used) / nullif(s.billable, 0), 9), 0) AS idle_amount,
       round(100::numeric(60,36) * (s.billable - s.used) / nullif(s.billable, 0), 2) AS idle_percent,
       s.currency
FROM (SELECT institution_id, month, unit_id, resource, currency, sum(used) AS used, sum(reserved) AS reserved,
             sum(billable) AS billable, sum(amount) AS amount
      FROM charge.unit_month
      WHERE basis = 'rate_card' AND shares > 0
      GROUP BY institution_id, month, unit_id, resource, currency) AS s
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
JOIN price.resource AS r ON r.code = s.resource;

COMMENT ON VIEW report.idle_cost IS 'What each department had reserved in a month, paid for by the price book and did not use. A row as in report.department_cost, with the same amount';
COMMENT ON COLUMN report.idle_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.idle_cost.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.idle_cost.department IS 'Code of the department; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.idle_cost.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx; nothing is reserved of the last three, so that none is idle';
COMMENT ON COLUMN report.idle_cost.reserved IS 'Requested or guaranteed, in the unit of the row; exact';
COMMENT ON COLUMN report.idle_cost.used IS 'Consumed, in the unit of the row; exact';
COMMENT ON COLUMN report.idle_cost.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.idle_cost.idle IS 'Billable less used, in the unit of the row; exact';
COMMENT ON COLUMN report.idle_cost.unit IS 'Unit of reserved, used, billable and idle: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.idle_cost.amount IS 'Cost in the currency of the row, to nano-units';
COMMENT ON COLUMN report.idle_cost.idle_amount IS 'Part of the amount that idle is of billable, to nano-units; a month with several rates counts by its average';
COMMENT ON COLUMN report.idle_cost.idle_percent IS 'Idle as a percentage of billable, two digits; null: nothing was billable';
COMMENT ON COLUMN report.idle_cost.currency IS 'ISO 4217 code of the amounts: the currency of the owner of the hubs';

GRANT SELECT ON report.idle_cost TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, unit_id, resource, basis, used, reserved, billable, amount, currency,
              shares) ON charge.unit_month TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_dashboard;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_dashboard;
GRANT SELECT (code, shown_unit, shown_factor) ON price.resource TO hm_finance, hm_dashboard;

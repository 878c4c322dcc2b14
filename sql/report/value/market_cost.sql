-- What the market has a price for stands in rows of its own, so that an amount is always compared with the market's
-- price of the same usage. Quotients are rounded once: 36 digits tell them from a half.
CREATE VIEW report.market_cost WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       coalesce(u.code, '(suspense)')    AS department,
       s.resource,
       s.billable * r.shown_factor       AS billable,
       r.shown_unit                      AS unit,
       s.amount,
       round(s.units::numeric(60,36) / r.base_units, 9) AS market_amount,
       round(s.units::numeric(60,36) / r.base_units, 9) - s.amount AS saving,
       s.currency
FROM (SELECT s.institution_id, s.month, s.unit_id, s.resource, s.currency, sum(s.billable) AS billable,
             sum(s.amount) AS amount, sum(s.billable * b.market_rate) AS units
      FROM charge.share AS s
      JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
      LEFT JOIN price.book AS b USING (price_id)
      WHERE s.basis = 'rate_card'
      GROUP BY s.institution_id, s.month, s.unit_id, s.resource, s.currency, b.market_rate IS NULL) AS s
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
JOIN price.resource AS r ON r.code = s.resource;

COMMENT ON VIEW report.market_cost IS 'What each department paid by the price book in a month beside what the same would have cost on the market, by the market rate that stands in the row of the price book. A row per department and resource with a market rate, another one without; adds up to report.department_cost exactly';
COMMENT ON COLUMN report.market_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.market_cost.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.market_cost.department IS 'Code of the department; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.market_cost.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.market_cost.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.market_cost.unit IS 'Unit of billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.market_cost.amount IS 'Cost in the currency of the row, to nano-units';
COMMENT ON COLUMN report.market_cost.market_amount IS 'The same at the market rate, in the currency of the row, rounded once to nano-units; null: the price book has no market rate for it';
COMMENT ON COLUMN report.market_cost.saving IS 'Market amount less amount, to nano-units; negative: the market is cheaper; null: as market_amount';
COMMENT ON COLUMN report.market_cost.currency IS 'ISO 4217 code of the amounts: the currency of the owner of the hubs';

GRANT SELECT ON report.market_cost TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (line_id, line_month, institution_id, month, unit_id, resource, basis, billable, amount, currency)
    ON charge.share TO hm_finance, hm_dashboard;
GRANT SELECT (line_id, month, price_id) ON charge.line TO hm_finance, hm_dashboard;
GRANT SELECT (price_id, market_rate) ON price.book TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_dashboard;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_dashboard;
GRANT SELECT (code, shown_unit, shown_factor, base_units) ON price.resource TO hm_finance, hm_dashboard;

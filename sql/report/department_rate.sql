-- Added up by numbers before names are joined to it: a month has few prices, and many charges.
CREATE VIEW report.department_rate WITH (security_invoker = true) AS
SELECT s.institution,
       s.month,
       s.department,
       s.resource,
       c.name                            AS class,
       s.billable * r.shown_factor       AS billable,
       r.shown_unit                      AS unit,
       s.rate,
       CASE WHEN s.rate IS NOT NULL THEN s.rate_currency || ' per ' || r.priced_unit END
                                         AS rate_unit,
       s.charges,
       s.amount,
       s.currency
FROM (SELECT i.code AS institution, s.month, coalesce(u.code, '(suspense)') AS department, s.resource, l.class_id, l.rate,
             l.currency AS rate_currency, s.currency, sum(s.billable) AS billable,
             sum(s.amount) AS amount, count(*) AS charges
      FROM charge.share AS s
      JOIN org.institution AS i USING (institution_id)
      LEFT JOIN org.unit AS u USING (unit_id)
      JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
      WHERE s.basis = 'rate_card'
      GROUP BY department, s.resource, l.class_id, l.rate, l.currency, s.currency, s.month, i.code) AS s
JOIN usage.resource_class AS c USING (class_id)
JOIN price.resource AS r ON r.code = s.resource;

COMMENT ON VIEW report.department_rate IS 'What each department used in a month at each price: the tiers of the price book. Adds up to report.department_cost exactly';
COMMENT ON COLUMN report.department_rate.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.department_rate.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.department_rate.department IS 'Code of the department that pays; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.department_rate.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.department_rate.class IS 'Class of machine; empty if the node has none';
COMMENT ON COLUMN report.department_rate.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.department_rate.unit IS 'Unit of billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.department_rate.rate IS 'Price as it was, in the unit of rate_unit; null: the price book has no row';
COMMENT ON COLUMN report.department_rate.rate_unit IS 'Unit of the rate: USD per core-hour';
COMMENT ON COLUMN report.department_rate.charges IS 'Number of rows of report.charge_detail in it';
COMMENT ON COLUMN report.department_rate.amount IS 'Cost in the currency of the row, to nano-units';
COMMENT ON COLUMN report.department_rate.currency IS 'ISO 4217 code of the amount: the currency of the owner of the hubs';

GRANT SELECT ON report.department_rate TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (line_id, line_month, month, institution_id, unit_id, resource, basis, billable, amount, currency)
    ON charge.share TO hm_finance;
GRANT SELECT (line_id, month, class_id, rate, currency) ON charge.line TO hm_finance;
GRANT SELECT (class_id, name) ON usage.resource_class TO hm_finance;
GRANT SELECT (code, shown_unit, shown_factor, priced_unit) ON price.resource TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance;

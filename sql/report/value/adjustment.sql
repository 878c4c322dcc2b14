-- Why: what the newest run says that changed the charges of that hub and day before the month it is booked in was
-- closed. A later correction is booked later, and leaves what this row says alone.
CREATE VIEW report.adjustment WITH (security_invoker = true) AS
WITH adjusted AS MATERIALIZED (
    SELECT s.institution_id, s.period, s.month, s.unit_id, s.basis, s.hub_id, s.day, s.line_id, s.currency,
           sum(s.amount) AS amount
    FROM charge.share AS s
    WHERE s.period > s.month
    GROUP BY s.institution_id, s.period, s.month, s.unit_id, s.basis, s.hub_id, s.day, s.line_id, s.currency
),
cause AS (
    SELECT d.institution_id, d.period, d.basis, d.hub_id, d.day,
           (SELECT r.reason || CASE r.detail WHEN '' THEN '' ELSE ': ' || r.detail END
            FROM charge.run_day AS c
            JOIN charge.run AS r USING (run_id)
            WHERE c.hub_id = d.hub_id AND c.day = d.day
              AND (r.reason = 'bill') = (d.basis = 'actual')
              AND (p.state IS NULL OR p.state = 'open' OR c.rated_at <= p.prepared_at)
            ORDER BY r.run_id DESC LIMIT 1) AS reason
    FROM (SELECT DISTINCT institution_id, period, basis, hub_id, day FROM adjusted) AS d
    LEFT JOIN ledger.period AS p ON p.institution_id = d.institution_id AND p.month = d.period
)
SELECT i.code                            AS institution,
       a.period,
       a.month,
       coalesce(u.code, '(suspense)')    AS department,
       a.basis,
       count(DISTINCT a.line_id)         AS lines,
       sum(a.amount)                     AS amount,
       c.reason,
       a.currency
FROM adjusted AS a
JOIN cause AS c USING (institution_id, period, basis, hub_id, day)
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
GROUP BY i.code, a.period, a.month, u.code, a.basis, c.reason, a.currency;

COMMENT ON VIEW report.adjustment IS 'Charges that are booked in a later month than they were used in, because that was closed: corrections of what stands there, and usage that came late. One row per month of posting and of usage, department, basis, reason and currency';
COMMENT ON COLUMN report.adjustment.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.adjustment.period IS 'First day of the month it is booked in, in that institution''s calendar';
COMMENT ON COLUMN report.adjustment.month IS 'First day of the month of the usage, in that institution''s calendar';
COMMENT ON COLUMN report.adjustment.department IS 'Code of the department that pays, or gets back; (suspense): nobody''s yet';
COMMENT ON COLUMN report.adjustment.basis IS 'rate_card: by the price book; actual: by the bill; fee. One beside the other, never together';
COMMENT ON COLUMN report.adjustment.lines IS 'How many charge lines; one of several departments counts in the row of each';
COMMENT ON COLUMN report.adjustment.amount IS 'In the currency of the row, to nano-units; negative: given back';
COMMENT ON COLUMN report.adjustment.reason IS 'Why, as the newest run of the hub and day says (charge.run): usage, import, correction, bill or upgrade, and of which file or row; null: no run is known';
COMMENT ON COLUMN report.adjustment.currency IS 'ISO 4217 code of the amount';

GRANT SELECT ON report.adjustment TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (institution_id, period, month, unit_id, basis, hub_id, day, line_id, amount, currency)
    ON charge.share TO hm_finance, hm_dashboard;
GRANT SELECT (run_id, hub_id, day, rated_at) ON charge.run_day TO hm_finance, hm_dashboard;
GRANT SELECT (run_id, reason, detail) ON charge.run TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, month, state, prepared_at) ON ledger.period TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_dashboard;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_dashboard;

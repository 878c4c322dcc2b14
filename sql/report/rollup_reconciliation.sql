-- Reads every share: for checks, not for pages.
CREATE VIEW report.rollup_reconciliation WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                                    AS institution,
       r.month,
       r.rollup,
       sum(r.shares)::bigint                     AS shares,
       sum(r.rolled_up)                          AS rolled_up,
       sum(r.amount)                             AS difference,
       r.currency
FROM (SELECT s.institution_id, s.month, k.rollup, s.currency, s.shares, 0 AS rolled_up, s.amount
      FROM (SELECT institution_id, month, currency, count(*) AS shares, sum(amount) AS amount
            FROM charge.share GROUP BY institution_id, month, currency) AS s
      CROSS JOIN (VALUES ('department'), ('person')) AS k (rollup)
      UNION ALL
      SELECT institution_id, month, 'department', currency, 0, shares, -amount FROM charge.unit_month
      UNION ALL
      SELECT institution_id, month, 'person', currency, 0, shares, -amount FROM charge.person_month) AS r
JOIN org.whole_institution AS i USING (institution_id)
GROUP BY i.code, r.month, r.rollup, r.currency;

COMMENT ON VIEW report.rollup_reconciliation IS 'The sums that reports of departments and people read, against the charges they are of';
COMMENT ON COLUMN report.rollup_reconciliation.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.rollup_reconciliation.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.rollup_reconciliation.rollup IS 'department or person';
COMMENT ON COLUMN report.rollup_reconciliation.shares IS 'Number of shares of charge lines';
COMMENT ON COLUMN report.rollup_reconciliation.rolled_up IS 'Number of them that the sums say they hold: the same';
COMMENT ON COLUMN report.rollup_reconciliation.difference IS 'Amount of the shares less that of the sums: 0, to nano-units of the currency';
COMMENT ON COLUMN report.rollup_reconciliation.currency IS 'ISO 4217 code of the amounts';

GRANT SELECT ON report.rollup_reconciliation TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, currency, amount) ON charge.share TO hm_finance;
GRANT SELECT (institution_id, month, currency, shares, amount) ON charge.unit_month, charge.person_month TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;

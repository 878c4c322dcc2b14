CREATE VIEW report.bill_reconciliation WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                                        AS institution,
       to_char(s.period_start AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
       s.issuer,
       s.account,
       r.total,
       coalesce(l.people, 0)                         AS people,
       coalesce(l.shared, 0)                         AS shared,
       coalesce(l.idle, 0)                           AS idle,
       coalesce(l.residual, 0)                       AS residual,
       round(r.total, 9) - coalesce(l.amount, 0)     AS difference,
       s.currency,
       CASE WHEN s.distributed_revision_id IS NULL THEN 'not distributed'
            WHEN s.is_dirty THEN 'to be distributed again'
            ELSE 'distributed' END                   AS state,
       (SELECT count(*) FROM bill.revision AS v WHERE v.statement_id = s.statement_id) AS revisions,
       r.lines,
       r.imported_at,
       s.statement_id
FROM bill.statement AS s
JOIN bill.revision AS r USING (revision_id)
JOIN org.whole_institution AS i USING (institution_id)
LEFT JOIN LATERAL (
    SELECT sum(l.amount) AS amount,
           sum(l.amount) FILTER (WHERE l.resource IN ('compute', 'storage', 'network')) AS people,
           sum(l.amount) FILTER (WHERE l.resource IN ('core', 'support', 'credit', 'tax')) AS shared,
           sum(l.amount) FILTER (WHERE l.resource LIKE '% idle') AS idle,
           sum(l.amount) FILTER (WHERE l.resource LIKE '% residual') AS residual
    FROM charge.line AS l
    WHERE l.statement_id = s.statement_id
) AS l ON true;

COMMENT ON VIEW report.bill_reconciliation IS 'Every bill and where it went: total = people + shared + idle + residual, to the nano-unit';
COMMENT ON COLUMN report.bill_reconciliation.institution IS 'Code of the institution whose bill it is';
COMMENT ON COLUMN report.bill_reconciliation.month IS 'Billing month (UTC): YYYY-MM';
COMMENT ON COLUMN report.bill_reconciliation.issuer IS 'Who sends the bill';
COMMENT ON COLUMN report.bill_reconciliation.account IS 'Billing account';
COMMENT ON COLUMN report.bill_reconciliation.total IS 'What the bill says, exact, in the currency of the row';
COMMENT ON COLUMN report.bill_reconciliation.people IS 'Distributed by usage, in the currency of the row';
COMMENT ON COLUMN report.bill_reconciliation.shared IS 'Core, support, credits and tax, by the policy, in the currency of the row';
COMMENT ON COLUMN report.bill_reconciliation.idle IS 'What machines and volumes had and nobody used, in the currency of the row';
COMMENT ON COLUMN report.bill_reconciliation.residual IS 'Without a driver or a rule, in the currency of the row';
COMMENT ON COLUMN report.bill_reconciliation.difference IS 'Total, rounded once to nano-units, less all of that: 0 unless it is not distributed';
COMMENT ON COLUMN report.bill_reconciliation.currency IS 'ISO 4217 code';
COMMENT ON COLUMN report.bill_reconciliation.state IS 'not distributed; distributed; or to be distributed again: the bill, a rule, usage or who pays changed since (hubmeter rate)';
COMMENT ON COLUMN report.bill_reconciliation.revisions IS 'How often it was stated';
COMMENT ON COLUMN report.bill_reconciliation.lines IS 'Lines of the revision that counts';
COMMENT ON COLUMN report.bill_reconciliation.imported_at IS 'When that came (UTC)';
COMMENT ON COLUMN report.bill_reconciliation.statement_id IS 'Number of the bill';

GRANT SELECT ON report.bill_reconciliation TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT ON bill.statement, bill.revision TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_dashboard;
GRANT SELECT (statement_id, resource, amount) ON charge.line TO hm_finance, hm_dashboard;

-- From the lines, which stand on the bill; shares only say what of them is nobody's yet.
CREATE VIEW report.cost_reconciliation WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                                                        AS institution,
       date_trunc('month', s.period_start AT TIME ZONE 'UTC')::date  AS month,
       sum(round(r.total, 9))                                        AS bill,
       coalesce(sum(p.attributed), 0)                                AS attributed,
       coalesce(sum(p.idle), 0)                                      AS idle,
       coalesce(sum(p.shared), 0)                                    AS shared,
       coalesce(sum(p.unattributed), 0)                              AS unattributed,
       sum(round(r.total, 9)) - coalesce(sum(p.amount), 0)           AS difference,
       CASE WHEN bool_or(s.distributed_revision_id IS NULL) THEN 'not distributed'
            WHEN bool_or(s.is_dirty) THEN 'to be distributed again'
            ELSE 'distributed' END                                   AS state,
       s.currency
FROM bill.statement AS s
JOIN bill.revision AS r USING (revision_id)
JOIN org.whole_institution AS i USING (institution_id)
CROSS JOIN LATERAL ( -- of each statement by itself, so that whoever asks for a month reads no other's
    SELECT sum(p.amount) FILTER (WHERE p.kind = 'attributed') AS attributed,
           sum(p.amount) FILTER (WHERE p.kind = 'idle') AS idle,
           sum(p.amount) FILTER (WHERE p.kind = 'shared') AS shared,
           sum(p.amount) FILTER (WHERE p.kind = 'unattributed') AS unattributed,
           sum(p.amount) AS amount
    FROM (
        SELECT l.amount,
               CASE WHEN l.resource LIKE '% idle' THEN 'idle'
                    WHEN l.resource IN ('core', 'support', 'credit', 'tax') THEN 'shared'
                    ELSE 'attributed' END AS kind
        FROM charge.line AS l
        WHERE l.statement_id = s.statement_id AND l.basis = 'actual'
        UNION ALL
        SELECT k.sign * h.amount,
               CASE WHEN k.sign > 0 THEN 'unattributed'
                    WHEN l.resource IN ('core', 'support', 'credit', 'tax') THEN 'shared'
                    ELSE 'attributed' END
        FROM charge.line AS l
        JOIN charge.share AS h
          ON (h.hub_id, h.day, h.line_id, h.line_month) = (l.hub_id, l.day, l.line_id, l.month)
        CROSS JOIN (VALUES (1), (-1)) AS k (sign)
        WHERE l.statement_id = s.statement_id AND l.basis = 'actual' AND l.resource NOT LIKE '% idle'
          AND h.basis = 'actual' AND h.rule = 'suspense'
    ) AS p
) AS p
GROUP BY 1, 2, s.currency;

COMMENT ON VIEW report.cost_reconciliation IS 'All bills of a month and where they went: bill = attributed + idle + shared + unattributed + difference, to the nano-unit. A bill by itself: report.bill_reconciliation';
COMMENT ON COLUMN report.cost_reconciliation.institution IS 'Code of the institution whose bills they are';
COMMENT ON COLUMN report.cost_reconciliation.month IS 'First day of the billing month (UTC)';
COMMENT ON COLUMN report.cost_reconciliation.bill IS 'What the bills say, each rounded once to nano-units of the currency';
COMMENT ON COLUMN report.cost_reconciliation.attributed IS 'What departments pay by usage, and what a settlement gave them, in the currency of the row';
COMMENT ON COLUMN report.cost_reconciliation.idle IS 'What machines and volumes had and nobody used, whoever pays for it, in the currency of the row';
COMMENT ON COLUMN report.cost_reconciliation.shared IS 'Core, support, credits and tax that departments pay by the policy, in the currency of the row';
COMMENT ON COLUMN report.cost_reconciliation.unattributed IS 'What else no department pays for yet: without a driver, a rule or a department, in the currency of the row';
COMMENT ON COLUMN report.cost_reconciliation.difference IS 'The bills less all of that: 0, unless one is still to be distributed';
COMMENT ON COLUMN report.cost_reconciliation.state IS 'distributed: all of them; to be distributed again: something of one changed since; not distributed: one was never';
COMMENT ON COLUMN report.cost_reconciliation.currency IS 'ISO 4217 code';

GRANT SELECT ON report.cost_reconciliation TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT ON bill.statement, bill.revision TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_dashboard;
GRANT SELECT (line_id, statement_id, hub_id, day, month, resource, basis, amount) ON charge.line
    TO hm_finance, hm_dashboard;
GRANT SELECT (line_id, hub_id, day, line_month, rule, basis, amount) ON charge.share TO hm_finance, hm_dashboard;

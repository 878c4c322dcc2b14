CREATE VIEW report.journal WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                                                     AS institution,
       j.period,
       j.code                                                     AS journal,
       count(l.line_no)                                           AS lines,
       coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0)     AS debit,
       j.currency,
       CASE WHEN count(l.line_no) = 0                      THEN 'empty'
            WHEN count(a.line_no) = 0                      THEN 'waiting'
            WHEN count(*) FILTER (WHERE a.status = 'rejected') = count(l.line_no) THEN 'rejected'
            WHEN count(*) FILTER (WHERE a.status = 'rejected') > 0 THEN 'accepted in part'
            WHEN count(a.line_no) < count(l.line_no)       THEN 'answered in part'
            ELSE 'accepted' END                                   AS state,
       count(*) FILTER (WHERE a.status = 'rejected')              AS rejected,
       p.prepared_by,
       p.closed_by,
       p.closed_at
FROM ledger.journal AS j
JOIN ledger.period AS p ON p.institution_id = j.institution_id AND p.month = j.period
JOIN org.whole_institution AS i ON i.institution_id = j.institution_id
LEFT JOIN ledger.journal_line AS l USING (journal_id)
LEFT JOIN ledger.journal_answer AS a USING (journal_id, line_no)
GROUP BY i.code, j.period, j.code, j.currency, p.prepared_by, p.closed_by, p.closed_at;

COMMENT ON VIEW report.journal IS 'Journals of closed months, and what the ledger system said of them';
COMMENT ON COLUMN report.journal.institution IS 'Whose books';
COMMENT ON COLUMN report.journal.period IS 'The month: its first day';
COMMENT ON COLUMN report.journal.journal IS 'What files call it';
COMMENT ON COLUMN report.journal.lines IS 'How many lines';
COMMENT ON COLUMN report.journal.debit IS 'Sum of the debits, which is that of the credits, in units of the currency';
COMMENT ON COLUMN report.journal.currency IS 'ISO 4217 code';
COMMENT ON COLUMN report.journal.state IS 'waiting, accepted, rejected, accepted in part, answered in part; empty: without lines';
COMMENT ON COLUMN report.journal.rejected IS 'How many lines the ledger system refused: they stand in suspense of the month that was open then';
COMMENT ON COLUMN report.journal.prepared_by IS 'Who prepared the month';
COMMENT ON COLUMN report.journal.closed_by IS 'Who closed it';
COMMENT ON COLUMN report.journal.closed_at IS 'When (UTC)';

GRANT SELECT ON report.journal TO hm_finance, hm_controller;

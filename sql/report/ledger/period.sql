CREATE VIEW report.period WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                             AS institution,
       p.month,
       p.state,
       p.review_until,
       p.prepared_by,
       p.prepared_at,
       p.closed_by,
       p.closed_at,
       (SELECT count(*) FROM ledger.waiver AS w
        WHERE w.institution_id = p.institution_id AND w.month = p.month) AS waivers
FROM ledger.period AS p
JOIN org.whole_institution AS i USING (institution_id);

COMMENT ON VIEW report.period IS 'Months that are under review, closed, or were opened again; all others are open';
COMMENT ON COLUMN report.period.institution IS 'Code of the institution';
COMMENT ON COLUMN report.period.month IS 'Its first day, in the calendar of the institution';
COMMENT ON COLUMN report.period.state IS 'open, soft: under review, or closed';
COMMENT ON COLUMN report.period.review_until IS 'Last day of the review; null: open';
COMMENT ON COLUMN report.period.prepared_by IS 'Who began the review';
COMMENT ON COLUMN report.period.prepared_at IS 'When (UTC)';
COMMENT ON COLUMN report.period.closed_by IS 'Who closed it; null: nobody yet';
COMMENT ON COLUMN report.period.closed_at IS 'When (UTC)';
COMMENT ON COLUMN report.period.waivers IS 'How much was waived';

GRANT SELECT ON report.period TO hm_finance, hm_controller;

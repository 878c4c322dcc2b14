CREATE VIEW report.fund_statement WITH (security_invoker = true, security_barrier = true) AS
WITH movement AS (
    SELECT a.institution, a.fund, a.effective AS day, a.number, a.kind, a.reference, NULL AS plan,
           NULL::date AS posting_month, NULL::date AS month, a.recorded_at, a.recorded_by,
           coalesce(a.amount, 0) AS change, i.currency
    FROM report.fund_amendment AS a
    JOIN org.institution AS i ON i.code = a.institution
    UNION ALL
    SELECT l.institution, l.fund, (l.posting_month + interval '1 month - 1 day')::date, NULL, 'charge', NULL, l.plan,
           l.posting_month, l.month, NULL, NULL, - sum(l.amount), l.currency
    FROM report.fund_leg AS l
    WHERE l.fund <> '(none)'
    GROUP BY l.institution, l.fund, l.posting_month, l.month, l.plan, l.currency
)
SELECT institution, fund, row_number() OVER movements AS number, day, kind, reference, plan, posting_month, month,
       recorded_at, recorded_by, change, sum(change) OVER movements AS balance, currency
FROM movement
WINDOW movements AS (PARTITION BY institution, fund
                     ORDER BY day NULLS FIRST, number, month, plan ROWS UNBOUNDED PRECEDING);

COMMENT ON VIEW report.fund_statement IS 'The movements of each fund in order: award, amendments, and charges by usage month and plan. The last balance is what is left, with all amendments that are known';
COMMENT ON COLUMN report.fund_statement.institution IS 'Code of the institution whose fund it is';
COMMENT ON COLUMN report.fund_statement.fund IS 'Code of the fund';
COMMENT ON COLUMN report.fund_statement.number IS 'Place among the fund''s movements, from 1';
COMMENT ON COLUMN report.fund_statement.day IS 'Of an amendment the day from which it counts, null: ever since; of charges the last day of the month they are booked in';
COMMENT ON COLUMN report.fund_statement.kind IS 'As report.fund_amendment.kind, or charge';
COMMENT ON COLUMN report.fund_statement.reference IS 'Number of the notice or of the letter; null: charges';
COMMENT ON COLUMN report.fund_statement.plan IS 'Code of the plan by which it paid; null: an amendment';
COMMENT ON COLUMN report.fund_statement.posting_month IS 'First day of the month the charges are booked in; null: an amendment';
COMMENT ON COLUMN report.fund_statement.month IS 'First day of the usage month of the charges; null: an amendment';
COMMENT ON COLUMN report.fund_statement.recorded_at IS 'When the amendment was entered (UTC); null: charges';
COMMENT ON COLUMN report.fund_statement.recorded_by IS 'The login that entered it; null: charges';
COMMENT ON COLUMN report.fund_statement.change IS 'What it adds to the balance, to nano-units of the currency; charges are negative';
COMMENT ON COLUMN report.fund_statement.balance IS 'Sum of all changes so far; of a fund without a limit what it paid, below zero';
COMMENT ON COLUMN report.fund_statement.currency IS 'ISO 4217 code';

GRANT SELECT ON report.fund_statement TO hm_finance, hm_rater;
-- What it reads beside other views, and no more.
GRANT SELECT (code, currency) ON org.institution TO hm_finance;

CREATE VIEW report.trial_balance WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                                                     AS institution,
       e.period,
       e.account,
       coalesce(f.code, c.code)                                   AS subject,
       e.chart_string,
       coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)     AS debit,
       -coalesce(sum(e.amount) FILTER (WHERE e.amount < 0), 0)    AS credit,
       sum(e.amount)                                              AS balance,
       e.currency
FROM ledger.entry AS e
JOIN org.whole_institution AS i USING (institution_id)
LEFT JOIN fund.fund AS f USING (fund_id)
LEFT JOIN org.institution AS c ON c.institution_id = e.counterparty_id
GROUP BY i.code, e.period, e.account, f.code, c.code, e.chart_string, e.currency;

COMMENT ON VIEW report.trial_balance IS 'What was posted, by account: debits and credits of an institution and month are the same, and what is due from all and due to all adds up to zero';
COMMENT ON COLUMN report.trial_balance.institution IS 'Whose books';
COMMENT ON COLUMN report.trial_balance.period IS 'Month it was posted in: its first day';
COMMENT ON COLUMN report.trial_balance.account IS 'fund: money that paid; recovery: what own hubs charged; due from: what another institution owes; due to: what is owed to it; clearing: what one of the two has booked and the other not yet; suspense: what no fund pays yet, or the ledger system refused';
COMMENT ON COLUMN report.trial_balance.subject IS 'Code of the fund, or of the other institution; null: neither';
COMMENT ON COLUMN report.trial_balance.chart_string IS 'Where it stands in the institution''s chart of accounts';
COMMENT ON COLUMN report.trial_balance.debit IS 'Sum of the debits, to nano-units of the currency';
COMMENT ON COLUMN report.trial_balance.credit IS 'Sum of the credits, positive, to nano-units of the currency';
COMMENT ON COLUMN report.trial_balance.balance IS 'debit - credit';
COMMENT ON COLUMN report.trial_balance.currency IS 'ISO 4217 code';

GRANT SELECT ON report.trial_balance TO hm_finance, hm_rater, hm_controller;
-- What it reads, and no more.
GRANT SELECT (institution_id, period, account, fund_id, counterparty_id, chart_string, amount, currency)
    ON ledger.entry TO hm_rater;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_controller;
GRANT SELECT (fund_id, code) ON fund.fund TO hm_finance, hm_controller;

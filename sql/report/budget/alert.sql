CREATE VIEW report.alert WITH (security_invoker = true) AS
SELECT a.alert_id           AS id,
       i.code               AS institution,
       CASE WHEN a.fund_id IS NULL THEN 'budget' ELSE 'fund' END AS kind,
       coalesce(u.code, f.code) AS code,
       b.fiscal_year,
       a.percent,
       a.amount,
       a.spent,
       i.currency,
       a.raised_at,
       a.ended_at,
       a.attempts,
       a.http_status,
       a.delivered_at
FROM budget.alert AS a
JOIN org.institution AS i USING (institution_id)
LEFT JOIN budget.budget AS b USING (budget_id)
LEFT JOIN org.unit AS u USING (unit_id)
LEFT JOIN fund.fund AS f USING (fund_id);

COMMENT ON VIEW report.alert IS 'Each time so many percent of a budget or a limited fund were spent, and whether the webhook knows';
COMMENT ON COLUMN report.alert.id IS 'Number of the alert; a webhook that sees it twice has seen it';
COMMENT ON COLUMN report.alert.institution IS 'Code of the institution';
COMMENT ON COLUMN report.alert.kind IS 'budget or fund';
COMMENT ON COLUMN report.alert.code IS 'Code of the department whose budget it is, or of the fund';
COMMENT ON COLUMN report.alert.fiscal_year IS 'Fiscal year of the budget; null: a fund';
COMMENT ON COLUMN report.alert.percent IS 'The threshold that was crossed';
COMMENT ON COLUMN report.alert.amount IS 'What the budget or fund was then';
COMMENT ON COLUMN report.alert.spent IS 'What was spent then, to nano-units of the currency';
COMMENT ON COLUMN report.alert.currency IS 'ISO 4217 code: the institution''s currency';
COMMENT ON COLUMN report.alert.raised_at IS 'When it was noticed (UTC)';
COMMENT ON COLUMN report.alert.ended_at IS 'When less than the threshold was spent again, or the budget raised (UTC); null: it is still crossed';
COMMENT ON COLUMN report.alert.attempts IS 'How often it was sent to the webhook';
COMMENT ON COLUMN report.alert.http_status IS 'What the webhook answered last; null: nothing';
COMMENT ON COLUMN report.alert.delivered_at IS 'When the webhook took it (UTC); null: not yet';

GRANT SELECT ON report.alert TO hm_finance, hm_rater, hm_controller, hm_steward;
-- What it reads, and no more.
GRANT SELECT (institution_id, code, currency) ON org.institution TO hm_finance, hm_controller, hm_steward;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_controller, hm_steward;
GRANT SELECT (fund_id, code) ON fund.fund TO hm_finance, hm_controller, hm_steward;

CREATE VIEW report.fund_day WITH (security_invoker = true, security_barrier = true) AS
WITH figure AS (
    SELECT i.code AS institution, f.code AS fund, d.day, d.amount,
           sum(d.amount) OVER (PARTITION BY i.code, f.code ORDER BY d.day) AS spent,
           CASE WHEN f.is_limited
                THEN coalesce((SELECT w.amount FROM fund.worth(f.institution_id, d.day) AS w
                               WHERE w.fund_id = f.fund_id), 0) END AS authorised,
           i.currency
    FROM fund.daily AS d
    JOIN fund.fund AS f USING (fund_id)
    JOIN org.institution AS i USING (institution_id)
)
SELECT institution, fund, day, amount, spent, authorised, authorised - spent AS balance, currency
FROM figure;

COMMENT ON VIEW report.fund_day IS 'What each fund paid day by day, and what was left of it: a row for each day of which it paid something';
COMMENT ON COLUMN report.fund_day.institution IS 'Code of the institution whose fund it is';
COMMENT ON COLUMN report.fund_day.fund IS 'Code of the fund';
COMMENT ON COLUMN report.fund_day.day IS 'Day of the usage (UTC), whatever month it is booked in';
COMMENT ON COLUMN report.fund_day.amount IS 'What it paid for that day, to nano-units of the currency; negative: a credit';
COMMENT ON COLUMN report.fund_day.spent IS 'What it paid up to and with that day: on the last one report.fund_balance.spent';
COMMENT ON COLUMN report.fund_day.authorised IS 'Award and amendments that counted on that day; null: not limited';
COMMENT ON COLUMN report.fund_day.balance IS 'authorised - spent, overdraw not counted; null: not limited';
COMMENT ON COLUMN report.fund_day.currency IS 'ISO 4217 code: the institution''s currency';

GRANT SELECT ON report.fund_day TO hm_finance, hm_rater, hm_dashboard;
-- What it reads beside fund.daily, and no more.
GRANT SELECT (institution_id, fund_id, code, is_limited, overdraw) ON fund.fund TO hm_finance, hm_dashboard;
GRANT SELECT (fund_id, amount, effective) ON fund.amendment TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code, currency) ON org.institution TO hm_finance, hm_dashboard;

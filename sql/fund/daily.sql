CREATE VIEW fund.daily WITH (security_invoker = true) AS
SELECT l.fund_id, t.day, sum(t.amount) AS amount
FROM fund.day_total AS t
JOIN fund.plan_leg AS l USING (plan_leg_id)
GROUP BY l.fund_id, t.day;

COMMENT ON VIEW fund.daily IS 'What each fund paid, by day of the usage';
COMMENT ON COLUMN fund.daily.fund_id IS 'The fund';
COMMENT ON COLUMN fund.daily.day IS 'UTC day of the usage, whatever month it is booked in';
COMMENT ON COLUMN fund.daily.amount IS 'In the currency of the fund''s institution, to nano-units; negative: a credit';

GRANT SELECT ON fund.daily TO hm_rater, hm_finance, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (day, plan_leg_id, amount) ON fund.day_total TO hm_finance, hm_dashboard;
GRANT SELECT (plan_leg_id, fund_id) ON fund.plan_leg TO hm_finance, hm_dashboard;

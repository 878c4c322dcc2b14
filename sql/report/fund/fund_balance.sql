CREATE VIEW report.fund_balance WITH (security_invoker = true, security_barrier = true) AS
WITH today AS (
    SELECT institution_id, code, currency, (now() AT TIME ZONE time_zone)::date AS day, time_zone
    FROM org.institution
),
paid AS (
    SELECT l.fund_id, sum(t.amount) AS spent,
           sum(t.amount) FILTER (WHERE t.period = date_trunc('month', i.day)::date) AS spent_this_month
    FROM fund.day_total AS t
    JOIN fund.plan_leg AS l USING (plan_leg_id)
    JOIN today AS i ON i.institution_id = t.institution_id
    GROUP BY l.fund_id
),
held AS (
    SELECT g.fund_id, sum(greatest(g.amount - g.booked, 0)) AS amount
    FROM fund.lien AS n
    JOIN fund.lien_leg AS g USING (lien_id)
    WHERE n.released_at IS NULL AND n.expires_at > now()
    GROUP BY g.fund_id
),
figure AS (
    SELECT i.code AS institution, f.code AS fund, f.name, f.kind, f.chart_string,
           CASE WHEN f.is_limited THEN coalesce(w.amount, 0) END AS authorised,
           CASE WHEN f.is_limited THEN f.overdraw END AS overdraw,
           coalesce(p.spent, 0) AS spent, coalesce(p.spent_this_month, 0) AS spent_this_month,
           coalesce(h.amount, 0) AS held,
           (lower(t.pays) AT TIME ZONE i.time_zone)::date AS first_day,
           (upper(t.pays) AT TIME ZONE i.time_zone)::date - 1 AS last_day,
           t.last_posting, i.currency, i.day AS today
    FROM fund.fund AS f
    JOIN today AS i USING (institution_id)
    CROSS JOIN LATERAL fund.terms(f.institution_id) AS t
    LEFT JOIN LATERAL fund.worth(f.institution_id, i.day) AS w ON w.fund_id = f.fund_id
    LEFT JOIN paid AS p ON p.fund_id = f.fund_id
    LEFT JOIN held AS h ON h.fund_id = f.fund_id
    WHERE t.fund_id = f.fund_id
)
SELECT institution, fund, name, kind, chart_string,
       CASE WHEN spent > authorised                       THEN 'overdrawn'
            WHEN today > last_posting                     THEN 'closed for posting'
            WHEN today > last_day                         THEN 'ended'
            WHEN today < first_day                        THEN 'not started'
            WHEN spent >= authorised + overdraw           THEN 'exhausted'
            ELSE 'active' END              AS status,
       authorised, overdraw, spent, spent_this_month, held,
       authorised + overdraw - spent - held AS available,
       first_day, last_day, last_posting, currency
FROM figure;

COMMENT ON VIEW report.fund_balance IS 'Every fund: what it is worth, what it paid, what is left, and whether it may still pay';
COMMENT ON COLUMN report.fund_balance.institution IS 'Code of the institution whose fund it is';
COMMENT ON COLUMN report.fund_balance.fund IS 'Code of the fund';
COMMENT ON COLUMN report.fund_balance.name IS 'Its name';
COMMENT ON COLUMN report.fund_balance.kind IS 'federal, sponsored, gift, operating, prepaid, subsidy, suspense or write-off';
COMMENT ON COLUMN report.fund_balance.chart_string IS 'Where it stands in the institution''s chart of accounts';
COMMENT ON COLUMN report.fund_balance.status IS 'The first that holds today, in the institution''s calendar. overdrawn: it paid more than is authorised; closed for posting: its last day of posting is over; ended: its period of performance is over; not started; exhausted: nothing is left; active';
COMMENT ON COLUMN report.fund_balance.authorised IS 'Award and amendments that count today; null: not limited';
COMMENT ON COLUMN report.fund_balance.overdraw IS 'By how much it may go below zero; null: not limited';
COMMENT ON COLUMN report.fund_balance.spent IS 'What it paid, all in all, to nano-units of the currency';
COMMENT ON COLUMN report.fund_balance.spent_this_month IS 'Of that, what is booked in the month it is now';
COMMENT ON COLUMN report.fund_balance.held IS 'What liens hold for servers that run now, and is not spent yet';
COMMENT ON COLUMN report.fund_balance.available IS 'authorised + overdraw - spent - held; null: not limited';
COMMENT ON COLUMN report.fund_balance.first_day IS 'First day of the period of performance as amended; null: ever since';
COMMENT ON COLUMN report.fund_balance.last_day IS 'Its last day, which is part of it; null: open';
COMMENT ON COLUMN report.fund_balance.last_posting IS 'Last day on which it may be charged: as amended, else 120 days after the last day; null: any';
COMMENT ON COLUMN report.fund_balance.currency IS 'ISO 4217 code: the institution''s currency';

GRANT SELECT ON report.fund_balance TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (institution_id, period, plan_leg_id, amount) ON fund.day_total TO hm_finance, hm_dashboard;
GRANT SELECT (plan_leg_id, fund_id) ON fund.plan_leg TO hm_finance, hm_dashboard;
GRANT SELECT (lien_id, expires_at, released_at) ON fund.lien TO hm_finance, hm_dashboard;
GRANT SELECT (lien_id, fund_id, amount, booked) ON fund.lien_leg TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, fund_id, code, name, kind, chart_string, is_limited, overdraw) ON fund.fund
    TO hm_finance, hm_dashboard;
GRANT SELECT (amendment_id, fund_id, amount, first_day, last_day, last_posting, effective)
    ON fund.amendment TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code, currency, time_zone) ON org.institution TO hm_finance, hm_dashboard;
GRANT EXECUTE ON FUNCTION fund.terms(integer) TO hm_finance, hm_dashboard;

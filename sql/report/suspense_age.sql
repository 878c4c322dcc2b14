-- The same shares as report.suspense, which says whose they are.
CREATE VIEW report.suspense_age WITH (security_invoker = true) AS
SELECT i.code                 AS institution,
       s.reason,
       CASE WHEN a.days <= 30 THEN '0-30 days'
            WHEN a.days <= 60 THEN '31-60 days'
            WHEN a.days <= 90 THEN '61-90 days'
            ELSE 'over 90 days' END AS age,
       count(DISTINCT charge.somebody(s.person_id, s.hub_id, g.username)) AS people,
       sum(s.amount)          AS amount,
       min(s.day)             AS oldest_day,
       s.currency
FROM charge.share AS s
JOIN charge.workload_group AS g USING (workload_group_id)
JOIN org.institution AS i USING (institution_id)
CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE i.time_zone)::date - s.day AS days) AS a
WHERE s.rule = 'suspense' AND s.basis = 'rate_card'
GROUP BY i.code, s.reason, 3, s.currency;

COMMENT ON VIEW report.suspense_age IS 'How long usage has waited for a department, by reason: adds up to report.suspense';
COMMENT ON COLUMN report.suspense_age.institution IS 'Code of the institution that owns the hub; (unowned): nobody';
COMMENT ON COLUMN report.suspense_age.reason IS 'As report.suspense.reason';
COMMENT ON COLUMN report.suspense_age.age IS '0-30 days, 31-60 days, 61-90 days or over 90 days: from the day of the usage to today in the institution''s calendar';
COMMENT ON COLUMN report.suspense_age.people IS 'Number of people, or of user names of hubs that are nobody''s yet; without usage that nobody was named for';
COMMENT ON COLUMN report.suspense_age.amount IS 'Cost in the currency of the row, to nano-units';
COMMENT ON COLUMN report.suspense_age.oldest_day IS 'Earliest day of such usage (UTC)';
COMMENT ON COLUMN report.suspense_age.currency IS 'ISO 4217 code of the amount';

GRANT SELECT ON report.suspense_age TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (institution_id, hub_id, day, workload_group_id, person_id, rule, reason, basis, amount, currency)
    ON charge.share TO hm_finance;
GRANT SELECT (workload_group_id, username) ON charge.workload_group TO hm_finance;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance;

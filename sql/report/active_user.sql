CREATE VIEW report.active_user WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code AS institution,
       m.month,
       f.code AS fee,
       u.hub,
       u.username,
       p.code AS person,
       u.first_day
FROM price.fee_month AS m
JOIN price.fee AS f USING (fee_id)
JOIN org.whole_institution AS i USING (institution_id)
CROSS JOIN LATERAL price.active_user(f.fee_id, m.month) AS u
LEFT JOIN LATERAL (
    SELECT a.person_id
    FROM org.alias AS a
    WHERE a.hub = u.hub AND a.username = u.username
      AND a.valid && tstzrange(u.first_day::timestamp AT TIME ZONE 'UTC',
                               (u.first_day + 1)::timestamp AT TIME ZONE 'UTC')
    ORDER BY a.valid
    LIMIT 1
) AS a ON true
LEFT JOIN org.person AS p USING (person_id)
WHERE f.kind = 'active users' AND m.month BETWEEN f.first_month AND coalesce(f.last_month, m.month);

COMMENT ON VIEW report.active_user IS 'Who was counted for a fee for active users: a row per user name, so as many as report.fee_cost.users once usage is rated';
COMMENT ON COLUMN report.active_user.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.active_user.month IS 'First day of the month of UTC days';
COMMENT ON COLUMN report.active_user.fee IS 'Code of the fee';
COMMENT ON COLUMN report.active_user.hub IS 'Of the hubs of the fee, the one the user name was on first that month';
COMMENT ON COLUMN report.active_user.username IS 'As the hub spells it: counted once, on however many hubs';
COMMENT ON COLUMN report.active_user.person IS 'Opaque key of the person whose user name it was on that day; null: nobody''s yet';
COMMENT ON COLUMN report.active_user.first_day IS 'First day of usage on the hubs of the fee in the month (UTC)';

GRANT SELECT ON report.active_user TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (fee_id, month) ON price.fee_month TO hm_finance;
GRANT SELECT (fee_id, institution_id, code, kind, first_month, last_month) ON price.fee TO hm_finance;
GRANT SELECT ON price.fee_hub, price.service_account TO hm_finance;
GRANT SELECT (hub_id, day, month, workload_group_id, basis) ON charge.line TO hm_finance;
GRANT SELECT (workload_group_id, hub_id, username) ON charge.workload_group TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (hub, username, person_id, valid) ON org.alias TO hm_finance;
GRANT SELECT (person_id, code) ON org.person TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;

CREATE VIEW report.lien WITH (security_invoker = true, security_barrier = true) AS
SELECT n.lien_id                          AS lien,
       g.leg,
       i.code                             AS institution,
       u.code                             AS unit,
       p.code                             AS plan,
       f.code                             AS fund,
       h.name                             AS hub,
       n.username,
       n.server_name                      AS server,
       n.tag,
       c.name                             AS class,
       n.opened_at,
       extract(epoch FROM now() - n.opened_at)::bigint AS age_seconds,
       n.expires_at,
       g.amount                           AS held,
       g.booked,
       greatest(g.amount - g.booked, 0)   AS outstanding,
       i.currency
FROM fund.lien AS n
JOIN fund.lien_leg AS g USING (lien_id)
JOIN fund.plan_leg AS l USING (plan_leg_id)
JOIN fund.plan_version AS v USING (plan_version_id)
JOIN fund.plan AS p USING (plan_id)
JOIN fund.fund AS f ON f.fund_id = g.fund_id
JOIN org.institution AS i ON i.institution_id = g.institution_id
JOIN org.unit AS u ON u.unit_id = g.unit_id
JOIN usage.hub AS h ON h.hub_id = n.hub_id
JOIN usage.resource_class AS c ON c.class_id = n.class_id
WHERE n.released_at IS NULL AND n.expires_at > now();

COMMENT ON VIEW report.lien IS 'Money that is held for servers now: a row for each fund that a lien holds money of';
COMMENT ON COLUMN report.lien.lien IS 'Its number; hubmeter lien release takes it';
COMMENT ON COLUMN report.lien.leg IS 'Number within the lien, in the order of the plan';
COMMENT ON COLUMN report.lien.institution IS 'Code of the institution that would be charged';
COMMENT ON COLUMN report.lien.unit IS 'Code of the department that would be charged';
COMMENT ON COLUMN report.lien.plan IS 'Code of the plan by which it would pay';
COMMENT ON COLUMN report.lien.fund IS 'Code of the fund';
COMMENT ON COLUMN report.lien.hub IS 'Name of the hub';
COMMENT ON COLUMN report.lien.username IS 'As the hub spells it';
COMMENT ON COLUMN report.lien.server IS 'Name of the user''s server; empty: the default one';
COMMENT ON COLUMN report.lien.tag IS 'Group, course or project chosen at spawn; empty: none';
COMMENT ON COLUMN report.lien.class IS 'Class of machine';
COMMENT ON COLUMN report.lien.opened_at IS 'When it was asked for (UTC)';
COMMENT ON COLUMN report.lien.age_seconds IS 'How long ago that is, in seconds';
COMMENT ON COLUMN report.lien.expires_at IS 'From when on it holds nothing (UTC)';
COMMENT ON COLUMN report.lien.held IS 'Held at first, to nano-units of the currency';
COMMENT ON COLUMN report.lien.booked IS 'What was charged of that since then';
COMMENT ON COLUMN report.lien.outstanding IS 'What it still holds: held - booked, and never less than 0';
COMMENT ON COLUMN report.lien.currency IS 'ISO 4217 code: the institution''s currency';

GRANT SELECT ON report.lien TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (lien_id, hub_id, username, server_name, tag, class_id, opened_at, expires_at, released_at) ON fund.lien
    TO hm_finance;
GRANT SELECT (lien_id, leg, institution_id, unit_id, fund_id, plan_leg_id, amount, booked) ON fund.lien_leg
    TO hm_finance;
GRANT SELECT (plan_leg_id, plan_version_id) ON fund.plan_leg TO hm_finance;
GRANT SELECT (plan_version_id, plan_id) ON fund.plan_version TO hm_finance;
GRANT SELECT (plan_id, code) ON fund.plan TO hm_finance;
GRANT SELECT (fund_id, code) ON fund.fund TO hm_finance;
GRANT SELECT (institution_id, code, currency) ON org.institution TO hm_finance;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (class_id, name) ON usage.resource_class TO hm_finance;

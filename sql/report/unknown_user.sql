CREATE VIEW report.unknown_user WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       h.name                            AS hub,
       g.username,
       (SELECT min(a.username)
        FROM org.alias AS a
        WHERE a.hub = h.name AND NOT isempty(a.valid)
          AND org.fold_name(a.username) = org.fold_name(g.username))
                                         AS resembles,
       sum(s.amount)                     AS amount,
       s.currency,
       min(s.first_slot)                 AS first_slot,
       max(s.last_slot)                  AS last_slot
FROM charge.share AS s
JOIN org.institution AS i USING (institution_id)
JOIN charge.workload_group AS g USING (workload_group_id)
JOIN usage.hub AS h ON h.hub_id = s.hub_id
WHERE s.reason = 'no alias' AND s.basis = 'rate_card'
GROUP BY i.code, s.month, h.name, g.username, s.currency;

COMMENT ON VIEW report.unknown_user IS 'User names with usage that are nobody''s: import them with hubmeter import people, then rate';
COMMENT ON COLUMN report.unknown_user.institution IS 'Code of the institution that owns the hub; (unowned): nobody';
COMMENT ON COLUMN report.unknown_user.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.unknown_user.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.unknown_user.username IS 'What the hub calls the person';
COMMENT ON COLUMN report.unknown_user.resembles IS 'A user name of that hub that somebody has and that differs only in case or in how characters are composed; null: none';
COMMENT ON COLUMN report.unknown_user.amount IS 'Cost in the currency of the row, to nano-units: in suspense until then';
COMMENT ON COLUMN report.unknown_user.currency IS 'ISO 4217 code of the amount';
COMMENT ON COLUMN report.unknown_user.first_slot IS 'Start of the first slot it was used in (UTC)';
COMMENT ON COLUMN report.unknown_user.last_slot IS 'Start of the last slot it was used in (UTC)';

GRANT SELECT ON report.unknown_user TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT EXECUTE ON FUNCTION org.fold_name(text) TO hm_finance;
GRANT SELECT (institution_id, month, hub_id, workload_group_id, reason, basis, amount, currency,
              first_slot, last_slot) ON charge.share TO hm_finance;
GRANT SELECT (workload_group_id, username) ON charge.workload_group TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (hub, username, valid) ON org.alias TO hm_finance;

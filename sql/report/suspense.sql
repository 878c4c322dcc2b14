CREATE VIEW report.suspense WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       h.name                            AS hub,
       g.username,
       p.code                            AS person,
       s.reason,
       g.tag,
       s.resource,
       sum(s.used) * r.shown_factor      AS used,
       sum(s.reserved) * r.shown_factor  AS reserved,
       sum(s.billable) * r.shown_factor  AS billable,
       r.shown_unit                      AS unit,
       sum(s.amount)                     AS amount,
       s.currency,
       min(s.first_slot)                 AS first_slot,
       max(s.last_slot)                  AS last_slot
FROM charge.share AS s
JOIN org.institution AS i USING (institution_id)
JOIN charge.workload_group AS g USING (workload_group_id)
JOIN usage.hub AS h ON h.hub_id = s.hub_id
LEFT JOIN org.person AS p USING (person_id)
JOIN price.resource AS r ON r.code = s.resource
WHERE s.rule = 'suspense' AND s.basis = 'rate_card'
GROUP BY i.code, s.month, h.name, g.username, p.code, s.reason, g.tag, s.resource, r.shown_factor,
         r.shown_unit, s.currency;

COMMENT ON VIEW report.suspense IS 'Usage no department pays for yet, and why. Import the missing alias, membership or member and rate again: it moves to the department';
COMMENT ON COLUMN report.suspense.institution IS 'Code of the institution that owns the hub; (unowned): declare the owner with hubmeter import org';
COMMENT ON COLUMN report.suspense.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.suspense.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.suspense.username IS 'What the hub calls the person; empty if it is not known yet';
COMMENT ON COLUMN report.suspense.person IS 'Opaque key of the person; null if the user name is nobody''s yet';
COMMENT ON COLUMN report.suspense.reason IS 'no user yet: the hub has not named the user; no alias: the user name is nobody''s; tag without membership: the person was not in the group that the server''s tag names; group without department: nobody pays for the group; no membership: the person had no home department then';
COMMENT ON COLUMN report.suspense.tag IS 'Tag of the server; empty: none';
COMMENT ON COLUMN report.suspense.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.suspense.used IS 'Consumed, in the unit of the row; exact';
COMMENT ON COLUMN report.suspense.reserved IS 'Requested or guaranteed, in the unit of the row; exact';
COMMENT ON COLUMN report.suspense.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.suspense.unit IS 'Unit of used, reserved and billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.suspense.amount IS 'Cost in the currency of the row, to nano-units';
COMMENT ON COLUMN report.suspense.currency IS 'ISO 4217 code of the amount';
COMMENT ON COLUMN report.suspense.first_slot IS 'Start of the first slot it was used in (UTC)';
COMMENT ON COLUMN report.suspense.last_slot IS 'Start of the last slot it was used in (UTC)';

GRANT SELECT ON report.suspense TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, hub_id, workload_group_id, person_id, rule, reason, resource, basis,
              used, reserved, billable, amount, currency, first_slot, last_slot) ON charge.share TO hm_finance;
GRANT SELECT (workload_group_id, username, tag) ON charge.workload_group TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (person_id, code) ON org.person TO hm_finance;
GRANT SELECT (code, shown_unit, shown_factor) ON price.resource TO hm_finance;

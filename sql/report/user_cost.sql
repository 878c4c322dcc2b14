CREATE VIEW report.user_cost WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       p.code                            AS person,
       s.username,
       h.name                            AS hub,
       coalesce(u.code, '(suspense)')    AS department,
       s.resource,
       sum(s.used) * r.shown_factor      AS used,
       sum(s.reserved) * r.shown_factor  AS reserved,
       sum(s.billable) * r.shown_factor  AS billable,
       r.shown_unit                      AS unit,
       sum(s.amount)                     AS amount,
       s.currency
FROM charge.person_month AS s
JOIN org.institution AS i USING (institution_id)
JOIN usage.hub AS h ON h.hub_id = s.hub_id
LEFT JOIN org.person AS p USING (person_id)
LEFT JOIN org.unit AS u USING (unit_id)
JOIN price.resource AS r ON r.code = s.resource
WHERE s.basis = 'rate_card' AND s.shares > 0
GROUP BY i.code, s.month, p.code, s.username, h.name, u.code, s.resource, r.shown_factor,
         r.shown_unit, s.currency;

COMMENT ON VIEW report.user_cost IS 'What each person used in a month and what it cost. One row per person, user name on a hub, department, resource and currency; adds up to report.department_cost exactly';
COMMENT ON COLUMN report.user_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.user_cost.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.user_cost.person IS 'Opaque key of the person; null if the user name is nobody''s yet';
COMMENT ON COLUMN report.user_cost.username IS 'What the hub calls the person; empty if it is not known yet';
COMMENT ON COLUMN report.user_cost.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.user_cost.department IS 'Code of the department that pays; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.user_cost.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.user_cost.used IS 'Consumed, in the unit of the row; exact';
COMMENT ON COLUMN report.user_cost.reserved IS 'Requested or guaranteed, in the unit of the row; exact';
COMMENT ON COLUMN report.user_cost.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.user_cost.unit IS 'Unit of used, reserved and billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.user_cost.amount IS 'Cost in the currency of the row, to nano-units';
COMMENT ON COLUMN report.user_cost.currency IS 'ISO 4217 code of the amount: the currency of the owner of the hubs';

GRANT SELECT ON report.user_cost TO hm_finance, hm_rater, hm_steward, hm_instructor, hm_member;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, person_id, username, hub_id, unit_id, resource, basis, used,
              reserved, billable, amount, currency, shares) ON charge.person_month
    TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (person_id, code) ON org.person TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (code, shown_unit, shown_factor) ON price.resource TO hm_finance, hm_steward, hm_instructor, hm_member;

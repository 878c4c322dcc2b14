CREATE VIEW report.bill_cost WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       coalesce(u.code, '(suspense)')    AS department,
       s.resource                        AS component,
       p.code                            AS person,
       g.username,
       h.name                            AS hub,
       sum(s.amount)                     AS amount,
       s.currency,
       s.rule,
       s.reason
FROM charge.share AS s
JOIN charge.workload_group AS g USING (workload_group_id)
JOIN usage.hub AS h ON h.hub_id = s.hub_id
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
LEFT JOIN org.person AS p USING (person_id)
WHERE s.basis = 'actual'
GROUP BY i.code, s.month, u.code, s.resource, p.code, g.username, h.name, s.currency, s.rule, s.reason;

COMMENT ON VIEW report.bill_cost IS 'Bills by department and person: basis actual, beside report.department_cost, which is by the price book. Adds up to the bills exactly';
COMMENT ON COLUMN report.bill_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.bill_cost.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.bill_cost.department IS 'Code of the department; (suspense): nobody''s yet';
COMMENT ON COLUMN report.bill_cost.component IS 'compute, storage, network, core, support, credit or tax; with " idle" what nobody used, with " residual" what has no driver';
COMMENT ON COLUMN report.bill_cost.person IS 'Opaque key of the person; null: nobody';
COMMENT ON COLUMN report.bill_cost.username IS 'As the hub spells it; empty: nobody';
COMMENT ON COLUMN report.bill_cost.hub IS 'Hub it was used on; (shared): of several';
COMMENT ON COLUMN report.bill_cost.amount IS 'Part of the bill in the currency of the row, to nano-units';
COMMENT ON COLUMN report.bill_cost.currency IS 'ISO 4217 code of the amount';
COMMENT ON COLUMN report.bill_cost.rule IS 'As report.charge_detail.rule, and direct, even or fixed for shared costs';
COMMENT ON COLUMN report.bill_cost.reason IS 'Why suspense; null: it is not';

GRANT SELECT ON report.bill_cost TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, unit_id, person_id, hub_id, workload_group_id, resource, basis, rule, reason,
              amount, currency) ON charge.share TO hm_finance;
GRANT SELECT (workload_group_id, username) ON charge.workload_group TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance;
GRANT SELECT (person_id, code) ON org.person TO hm_finance;

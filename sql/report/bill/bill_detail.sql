CREATE VIEW report.bill_detail WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       coalesce(u.code, '(suspense)')    AS department,
       s.day,
       p.code                            AS person,
       g.username,
       h.name                            AS hub,
       s.resource                        AS component,
       s.billable                        AS driver,
       s.amount,
       s.currency,
       s.rule,
       coalesce(CASE s.rule
                    WHEN 'direct' THEN 'shared costs, as the department''s other costs of the bill'
                    WHEN 'even'   THEN 'shared costs, even over all departments'
                    WHEN 'fixed'  THEN format('a fixed part: %s %%', trim_scale(s.weight_ppm / 10000.0))
                END,
                'suspense: ' || s.reason,
                format('as by the price book: %s', s.rule)) AS why,
       s.line_id,
       s.sequence
FROM charge.share AS s
JOIN charge.workload_group AS g USING (workload_group_id)
JOIN usage.hub AS h ON h.hub_id = s.hub_id
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
LEFT JOIN org.person AS p USING (person_id)
WHERE s.basis <> 'rate_card';

COMMENT ON VIEW report.bill_detail IS 'Every charge that is not by the price book, and why: parts of bills and fees, a row per share of a charge line. Adds up to report.bill_cost and report.fee_cost exactly';
COMMENT ON COLUMN report.bill_detail.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.bill_detail.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.bill_detail.department IS 'Code of the department that pays; (suspense): nobody''s yet';
COMMENT ON COLUMN report.bill_detail.day IS 'UTC day';
COMMENT ON COLUMN report.bill_detail.person IS 'Opaque key of the person; null: nobody';
COMMENT ON COLUMN report.bill_detail.username IS 'As the hub spells it; empty: nobody';
COMMENT ON COLUMN report.bill_detail.hub IS 'Hub it is for; (shared): several, or a fee';
COMMENT ON COLUMN report.bill_detail.component IS 'As report.bill_cost.component, or the kind of a fee';
COMMENT ON COLUMN report.bill_detail.driver IS 'What it goes by: MiB-seconds of memory or storage, bytes, active users; 0: nothing';
COMMENT ON COLUMN report.bill_detail.amount IS 'In the currency of the row, to nano-units';
COMMENT ON COLUMN report.bill_detail.currency IS 'ISO 4217 code of the amount';
COMMENT ON COLUMN report.bill_detail.rule IS 'As report.bill_cost.rule';
COMMENT ON COLUMN report.bill_detail.why IS 'The rule in words';
COMMENT ON COLUMN report.bill_detail.line_id IS 'Number of the charge line: hubmeter explain takes it';
COMMENT ON COLUMN report.bill_detail.sequence IS 'Number of the share within the line';

GRANT SELECT ON report.bill_detail TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, unit_id, person_id, hub_id, day, workload_group_id, resource, basis, rule, reason,
              weight_ppm, billable, amount, currency, line_id, sequence) ON charge.share TO hm_finance;
GRANT SELECT (workload_group_id, username) ON charge.workload_group TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance;
GRANT SELECT (person_id, code) ON org.person TO hm_finance;

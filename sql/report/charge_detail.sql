-- What is asked for by comes first: the planner moves no more than eight tables at a time, and leaves the others last.
CREATE VIEW report.charge_detail WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       s.month,
       coalesce(u.code, '(suspense)')    AS department,
       o.code                            AS group_code,
       s.day,
       p.code                            AS person,
       g.username,
       h.name                            AS hub,
       g.server_name,
       g.tag,
       c.name                            AS class,
       s.resource,
       s.used * r.shown_factor           AS used,
       s.reserved * r.shown_factor       AS reserved,
       s.billable * r.shown_factor       AS billable,
       r.shown_unit                      AS unit,
       l.rate,
       CASE WHEN l.rate IS NOT NULL THEN l.currency || ' per ' || r.priced_unit END
                                         AS rate_unit,
       s.amount,
       s.currency,
       s.rule,
       CASE s.rule
           WHEN 'tag'     THEN format('the server is tagged %s, and the person is in that group', g.tag)
           WHEN 'hub'     THEN format('the hub is there for %s', o.code)
           WHEN 'default' THEN format('%s is the person''s default group', o.code)
           WHEN 'group'   THEN format('%s is the one group the person is in', o.code)
           WHEN 'weights' THEN format('%s is one of several groups: %s %% by its weight', o.code,
                                      trim_scale(s.weight_ppm / 10000.0))
           WHEN 'equal'   THEN format('%s is one of several groups that pay as much each', o.code)
           WHEN 'home'    THEN 'the home department of the person'
           WHEN 'assigned' THEN 'assigned by hand: '
                                || (SELECT t.reason FROM org.settlement AS t
                                    WHERE t.hub = h.name AND t.username = g.username AND t.tag = g.tag
                                      AND t.valid @> s.first_slot)
           WHEN 'domain'  THEN 'the user name is of a domain that the department pays for'
           ELSE 'suspense: ' || s.reason
       END                               AS why,
       s.line_id,
       s.sequence,
       s.first_slot,
       s.last_slot
FROM charge.share AS s
JOIN org.institution AS i ON i.institution_id = s.institution_id
LEFT JOIN org.unit AS u USING (unit_id)
LEFT JOIN org.person AS p USING (person_id)
LEFT JOIN org.user_group AS o USING (group_id)
JOIN charge.workload_group AS g ON g.workload_group_id = s.workload_group_id
JOIN usage.hub AS h ON h.hub_id = s.hub_id
JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
JOIN usage.resource_class AS c USING (class_id)
JOIN price.resource AS r ON r.code = s.resource
WHERE s.basis = 'rate_card';

COMMENT ON VIEW report.charge_detail IS 'Every charge and why: one row per share of a charge line, that is per UTC day, user name, server, class, resource, price and payer. Adds up to report.department_cost exactly';
COMMENT ON COLUMN report.charge_detail.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.charge_detail.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.charge_detail.department IS 'Code of the department that pays; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.charge_detail.group_code IS 'Code of the course, lab, project or service it is for; null: none';
COMMENT ON COLUMN report.charge_detail.day IS 'UTC day of the usage';
COMMENT ON COLUMN report.charge_detail.person IS 'Opaque key of the person; null if the user name is nobody''s yet';
COMMENT ON COLUMN report.charge_detail.username IS 'What the hub calls the person; empty if it is not known yet';
COMMENT ON COLUMN report.charge_detail.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.charge_detail.server_name IS 'Name of the user''s server; empty: the default one';
COMMENT ON COLUMN report.charge_detail.tag IS 'Tag of the server; empty: none';
COMMENT ON COLUMN report.charge_detail.class IS 'Class of machine; empty if the node has none';
COMMENT ON COLUMN report.charge_detail.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.charge_detail.used IS 'Consumed, in the unit of the row; exact';
COMMENT ON COLUMN report.charge_detail.reserved IS 'Requested or guaranteed, in the unit of the row; exact';
COMMENT ON COLUMN report.charge_detail.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.charge_detail.unit IS 'Unit of used, reserved and billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.charge_detail.rate IS 'Price as it was, in the unit of rate_unit; null: the price book has no row';
COMMENT ON COLUMN report.charge_detail.rate_unit IS 'Unit of the rate: USD per core-hour';
COMMENT ON COLUMN report.charge_detail.amount IS 'Cost in the currency of the row, to nano-units';
COMMENT ON COLUMN report.charge_detail.currency IS 'ISO 4217 code of the amount: the currency of the owner of the hub';
COMMENT ON COLUMN report.charge_detail.rule IS 'Which rule named the payer: tag, hub, default, group, weights, equal, home, assigned, domain or suspense';
COMMENT ON COLUMN report.charge_detail.why IS 'The rule in words';
COMMENT ON COLUMN report.charge_detail.line_id IS 'Number of the charge line, which stays as long as the line does';
COMMENT ON COLUMN report.charge_detail.sequence IS 'Number of the share within the line';
COMMENT ON COLUMN report.charge_detail.first_slot IS 'Start of the first slot of the share (UTC)';
COMMENT ON COLUMN report.charge_detail.last_slot IS 'Start of the last slot of the share (UTC)';

GRANT SELECT ON report.charge_detail TO hm_finance, hm_rater, hm_steward, hm_instructor, hm_member;
-- What it reads, and no more.
GRANT SELECT (line_id, line_month, sequence, month, hub_id, day, workload_group_id, institution_id, unit_id,
              person_id, group_id, weight_ppm, rule, reason, resource, basis, used, reserved, billable,
              amount, currency, first_slot, last_slot) ON charge.share
    TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (line_id, month, class_id, rate, currency) ON charge.line
    TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (workload_group_id, username, server_name, tag) ON charge.workload_group
    TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (class_id, name) ON usage.resource_class TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (code, shown_unit, shown_factor, priced_unit) ON price.resource
    TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (person_id, code) ON org.person TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (group_id, code) ON org.user_group TO hm_finance, hm_steward, hm_instructor, hm_member;
GRANT SELECT (hub, username, tag, reason, valid) ON org.settlement TO hm_finance, hm_steward, hm_instructor, hm_member;

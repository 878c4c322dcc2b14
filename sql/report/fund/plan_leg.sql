CREATE VIEW report.plan_leg WITH (security_invoker = true, security_barrier = true) AS
WITH version AS (
    SELECT v.plan_version_id, v.plan_id, v.valid_from, fund.version_status(v) AS status
    FROM fund.plan_version AS v
    WHERE v.voided_at IS NULL
)
SELECT i.code                            AS institution,
       p.code                            AS plan,
       v.valid_from,
       least((SELECT min(n.valid_from) FROM version AS n
              WHERE n.plan_id = v.plan_id AND n.valid_from > v.valid_from AND n.status <> 'waiting'),
             CASE v.status WHEN 'recorded' THEN fund.history_ends() END) AS valid_to,
       v.status,
       l.tier,
       l.sequence                        AS leg,
       f.code                            AS fund,
       l.weight_ppm,
       l.cap,
       l.cap_window,
       array_to_string(ARRAY(SELECT coalesce(nullif(c, ''), '(none)') FROM unnest(l.only_classes) AS c), ' ')
                                         AS only_classes,
       l.on_exhaust
FROM fund.plan_leg AS l
JOIN version AS v USING (plan_version_id)
JOIN fund.plan AS p USING (plan_id)
JOIN fund.fund AS f USING (fund_id)
JOIN org.institution AS i ON i.institution_id = p.institution_id;

COMMENT ON VIEW report.plan_leg IS 'The legs of plans: which fund pays at which place, version by version';
COMMENT ON COLUMN report.plan_leg.institution IS 'Code of the institution';
COMMENT ON COLUMN report.plan_leg.plan IS 'Code of the plan';
COMMENT ON COLUMN report.plan_leg.valid_from IS 'When the version begins to hold (UTC)';
COMMENT ON COLUMN report.plan_leg.valid_to IS 'From when on the next one holds, or what a file says of its approval counts no more (UTC); null: open';
COMMENT ON COLUMN report.plan_leg.status IS 'As report.plan_version.status: a version that waits pays nothing';
COMMENT ON COLUMN report.plan_leg.tier IS 'Order, from 1; the last one pays whatever is left';
COMMENT ON COLUMN report.plan_leg.leg IS 'Place within the tier, from 1';
COMMENT ON COLUMN report.plan_leg.fund IS 'Code of the fund';
COMMENT ON COLUMN report.plan_leg.weight_ppm IS 'Part of what reaches the tier, in parts per million';
COMMENT ON COLUMN report.plan_leg.cap IS 'No more than this of the fund under this plan, in the institution''s currency; null: as much as the fund has';
COMMENT ON COLUMN report.plan_leg.cap_window IS 'In which time: life, fiscal_year or month of the usage';
COMMENT ON COLUMN report.plan_leg.only_classes IS 'Classes of machine that it pays for, with blanks between; (none): usage without one; empty: all';
COMMENT ON COLUMN report.plan_leg.on_exhaust IS 'What becomes of what it has no money for: spill, redistribute, overdraw or deny';

GRANT SELECT ON report.plan_leg TO hm_finance, hm_rater, hm_controller;
-- What it reads, and no more.
GRANT SELECT ON fund.plan_leg, fund.plan_version TO hm_finance, hm_controller;
GRANT SELECT (institution_id, plan_id, code) ON fund.plan TO hm_finance, hm_controller;
GRANT SELECT (fund_id, code) ON fund.fund TO hm_finance, hm_controller;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_controller;

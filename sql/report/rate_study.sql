CREATE VIEW report.rate_study WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                                                     AS institution,
       s.resource,
       s.class,
       s.period_start,
       s.period_end,
       s.cost_pool,
       s.carried_over,
       s.projected_units,
       r.priced_unit                                              AS unit,
       round((s.cost_pool - s.carried_over) / s.projected_units, 13) AS rate,
       s.actual_cost,
       s.actual_units,
       round(round((s.cost_pool - s.carried_over) / s.projected_units, 13) * s.actual_units, 2) AS recovered,
       s.actual_cost - s.carried_over                             AS needed,
       round(round((s.cost_pool - s.carried_over) / s.projected_units, 13) * s.actual_units, 2)
           - (s.actual_cost - s.carried_over)                     AS over_recovered,
       i.currency,
       s.period_end < (now() AT TIME ZONE i.time_zone)::date - interval '24 months' AS is_stale
FROM price.study AS s
JOIN price.resource AS r ON r.code = s.resource
JOIN org.whole_institution AS i USING (institution_id);

COMMENT ON VIEW report.rate_study IS 'Where rates come from: (cost pool - carried over) / projected units; and what became of them, to carry on';
COMMENT ON COLUMN report.rate_study.institution IS 'Code of the institution';
COMMENT ON COLUMN report.rate_study.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.rate_study.class IS 'Class of machine; null: every class';
COMMENT ON COLUMN report.rate_study.period_start IS 'First day of the period, in the institution''s calendar';
COMMENT ON COLUMN report.rate_study.period_end IS 'The day after its last';
COMMENT ON COLUMN report.rate_study.cost_pool IS 'Costs to recover, in the currency of the row';
COMMENT ON COLUMN report.rate_study.carried_over IS 'Over-recovery of the period before, in the currency of the row; negative: under-recovery';
COMMENT ON COLUMN report.rate_study.projected_units IS 'Units expected, in the unit of the row';
COMMENT ON COLUMN report.rate_study.unit IS 'Priced unit: core-hour, GiB-hour, GPU-hour or GiB';
COMMENT ON COLUMN report.rate_study.rate IS 'The rate that follows, 13 decimals, in the currency of the row per unit';
COMMENT ON COLUMN report.rate_study.actual_cost IS 'What it cost in the end, in the currency of the row; null: not known yet';
COMMENT ON COLUMN report.rate_study.actual_units IS 'What was charged in the end, in the unit of the row; null: not known yet';
COMMENT ON COLUMN report.rate_study.recovered IS 'Actual units at that rate, in the currency of the row';
COMMENT ON COLUMN report.rate_study.needed IS 'Actual cost less what was carried over, in the currency of the row';
COMMENT ON COLUMN report.rate_study.over_recovered IS 'Recovered less needed, to carry into the next period, in the currency of the row; negative: under-recovery';
COMMENT ON COLUMN report.rate_study.currency IS 'ISO 4217 code';
COMMENT ON COLUMN report.rate_study.is_stale IS 'Did the period end more than 24 months ago? 2 CFR 200.468 wants rates adjusted at least every two years';

GRANT SELECT ON report.rate_study TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT ON price.study TO hm_finance, hm_dashboard;
GRANT SELECT (code, priced_unit) ON price.resource TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code, currency, time_zone) ON org.institution TO hm_finance, hm_dashboard;

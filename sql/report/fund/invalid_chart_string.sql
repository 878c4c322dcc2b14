CREATE VIEW report.invalid_chart_string WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code AS institution, f.code AS fund, f.chart_string, r.reason
FROM fund.fund AS f
JOIN org.institution AS i USING (institution_id)
CROSS JOIN LATERAL fund.chart_fault(f.institution_id, f.chart_string) AS r (reason)
WHERE r.reason IS NOT NULL;

COMMENT ON VIEW report.invalid_chart_string IS 'Funds whose chart strings the grammar of their institution refuses today';
COMMENT ON COLUMN report.invalid_chart_string.institution IS 'Code of the institution';
COMMENT ON COLUMN report.invalid_chart_string.fund IS 'Code of the fund';
COMMENT ON COLUMN report.invalid_chart_string.chart_string IS 'Where it is said to stand in the chart of accounts';
COMMENT ON COLUMN report.invalid_chart_string.reason IS 'Why that can''t be, naming the segment';

GRANT SELECT ON report.invalid_chart_string TO hm_finance, hm_rater, hm_controller;
-- What it reads, and no more.
GRANT SELECT (institution_id, fund_id, code, chart_string) ON fund.fund TO hm_finance, hm_controller;
GRANT SELECT ON fund.chart_segment TO hm_finance, hm_controller;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_controller;

CREATE FUNCTION fund.chart_fault(of_institution integer, chart_string text) RETURNS text
    LANGUAGE sql STABLE
    RETURN fund.chart_refusal(fund.chart_grammar(of_institution), chart_string);
COMMENT ON FUNCTION fund.chart_fault(integer, text) IS 'Why an institution''s grammar of today refuses a chart string, naming the segment; null: it is fine';

GRANT EXECUTE ON FUNCTION fund.chart_fault(integer, text) TO hm_rater, hm_finance, hm_controller;

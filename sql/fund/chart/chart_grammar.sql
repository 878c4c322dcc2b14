CREATE FUNCTION fund.chart_grammar(of_institution integer) RETURNS fund.chart_segment[]
    LANGUAGE sql STABLE
    RETURN (SELECT array_agg(c ORDER BY c.position) FROM fund.chart_segment AS c
            WHERE c.institution_id = of_institution);
COMMENT ON FUNCTION fund.chart_grammar(integer) IS 'What stands where in an institution''s chart strings; null: it has no grammar, any text will do';

GRANT EXECUTE ON FUNCTION fund.chart_grammar(integer) TO hm_rater, hm_finance, hm_controller;

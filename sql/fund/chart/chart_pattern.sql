-- chart-fund[-org[-account]]: what may be left out is nested. Every segment is a group of its own, beside
-- those that its pattern has.
CREATE FUNCTION fund.chart_pattern(grammar fund.chart_segment[]) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN (
        SELECT '^' || string_agg(CASE WHEN g.is_optional THEN '(?:' ELSE '' END
                                 || regexp_replace(g.separator, '([^[:alnum:]])', '\\\1', 'g')
                                 || '((?:' || g.pattern || '))', '' ORDER BY g.position)
               || repeat(')?', count(*) FILTER (WHERE g.is_optional)::integer) || '$'
        FROM unnest(grammar) AS g);
COMMENT ON FUNCTION fund.chart_pattern(fund.chart_segment[]) IS 'Regular expression of the chart strings of a grammar; null: there is none';

GRANT EXECUTE ON FUNCTION fund.chart_pattern(fund.chart_segment[]) TO hm_rater, hm_finance, hm_controller;

-- A pattern may have groups of its own: a match with "or nothing" counts them, and the segment is the one before.
CREATE FUNCTION fund.chart_parse(of_institution integer, chart_string text)
    RETURNS TABLE (segment text, value text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH place AS (
            SELECT g.segment, g.position,
                   1 + coalesce(sum(cardinality(regexp_match('', '()|(?:' || g.pattern || ')')))
                                OVER (ORDER BY g.position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                   AS number
            FROM fund.chart_segment AS g
            WHERE g.institution_id = of_institution
        )
        SELECT p.segment, m.groups[p.number]
        FROM regexp_match(chart_string, fund.chart_pattern(fund.chart_grammar(of_institution))) AS m (groups)
        JOIN place AS p ON m.groups[p.number] IS NOT NULL
        ORDER BY p.position;
    END;
COMMENT ON FUNCTION fund.chart_parse(integer, text) IS 'The segments of a chart string, without those that were left out; no row where the institution has no grammar or it refuses the text';

GRANT EXECUTE ON FUNCTION fund.chart_parse(integer, text) TO hm_rater, hm_finance, hm_controller;

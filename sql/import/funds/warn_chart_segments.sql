CREATE FUNCTION import.warn_chart_segments()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.line, 'institution', h.institution,
           format('fund %s has %s, which it refuses: %s', f.code, f.chart_string, r.reason)
    FROM (SELECT s.institution, min(s.line) AS line FROM import_stage AS s GROUP BY s.institution) AS h
    JOIN org.institution AS i ON i.code = h.institution
    JOIN (SELECT g.institution_id, array_agg(g ORDER BY g.position) AS grammar
          FROM import.staged_segments() AS g GROUP BY g.institution_id) AS g USING (institution_id)
    JOIN fund.fund AS f USING (institution_id)
    CROSS JOIN LATERAL fund.chart_refusal(g.grammar, f.chart_string) AS r (reason)
    WHERE r.reason IS NOT NULL
    ORDER BY h.line, f.code;
END
$$;
COMMENT ON FUNCTION import.warn_chart_segments() IS 'import.warn_rows for the kind chart-segments: funds whose chart strings the new grammar refuses';

GRANT EXECUTE ON FUNCTION import.warn_chart_segments() TO hm_rater;

CREATE FUNCTION import.staged_segments() RETURNS SETOF fund.chart_segment
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT NULL::integer, i.institution_id, s.position::smallint, s.segment, s.pattern,
           CASE WHEN s.position::smallint = 1 THEN '' ELSE coalesce(s.separator, '-') END,
           coalesce(s.optional = 'yes', false)
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution;
END
$$;
COMMENT ON FUNCTION import.staged_segments() IS 'The grammars that a file of the kind chart-segments says, once its cells are sound';

GRANT EXECUTE ON FUNCTION import.staged_segments() TO hm_rater;

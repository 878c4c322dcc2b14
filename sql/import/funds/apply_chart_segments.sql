-- The file is the whole grammar of the institutions that it names.
CREATE FUNCTION import.apply_chart_segments() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    n bigint;
BEGIN
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT * FROM import.staged_segments();
    DELETE FROM fund.chart_segment AS c
    WHERE c.institution_id IN (SELECT institution_id FROM wanted)
      AND NOT EXISTS (SELECT FROM wanted AS w
                      WHERE (w.institution_id, w.position, w.segment, w.pattern, w.separator, w.is_optional)
                            = (c.institution_id, c.position, c.segment, c.pattern, c.separator, c.is_optional));
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO fund.chart_segment (institution_id, position, segment, pattern, separator, is_optional)
    SELECT institution_id, position, segment, pattern, separator, is_optional FROM wanted
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS n = ROW_COUNT;
    DROP TABLE wanted;
    RETURN greatest(changed, n);
END
$$;
COMMENT ON FUNCTION import.apply_chart_segments() IS 'import.apply_file for the kind chart-segments';

GRANT EXECUTE ON FUNCTION import.apply_chart_segments() TO hm_rater;

-- The file is all thresholds of the institutions that it names.
CREATE FUNCTION import.apply_thresholds() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed bigint;
    added bigint;
BEGIN
    DELETE FROM budget.threshold AS t
    USING (SELECT i.institution_id, array_agg(s.percent::smallint) AS percents
           FROM import_stage AS s JOIN org.institution AS i ON i.code = s.institution
           GROUP BY i.institution_id) AS w
    WHERE t.institution_id = w.institution_id AND t.percent <> ALL (w.percents);
    GET DIAGNOSTICS removed = ROW_COUNT;
    INSERT INTO budget.threshold (institution_id, percent)
    SELECT i.institution_id, s.percent::smallint
    FROM import_stage AS s JOIN org.institution AS i ON i.code = s.institution
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN removed + added;
END
$$;
COMMENT ON FUNCTION import.apply_thresholds() IS 'import.apply_file for the kind thresholds';

GRANT EXECUTE ON FUNCTION import.apply_thresholds() TO hm_rater;

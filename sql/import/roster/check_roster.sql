-- All run with the rights of the importer, in the transaction that called import.roster_open() and filled the
-- raw tables.
CREATE FUNCTION import.check_roster(whole_kinds text[] DEFAULT '{}')
    RETURNS TABLE (severity text, file text, line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    CASE (SELECT format FROM roster_run)
        WHEN 'canvas' THEN PERFORM import.roster_tell_canvas();
    END CASE;
    PERFORM import.roster_read_cells();
    IF NOT EXISTS (SELECT FROM finding) THEN
        PERFORM import.roster_keep(whole_kinds);
        PERFORM import.roster_check_references();
        PERFORM import.roster_find_people();
    END IF;
    RETURN QUERY SELECT f.severity, f.file, f.line, f.column_name, f.value, f.reason FROM finding AS f;
END
$$;
COMMENT ON FUNCTION import.check_roster(text[]) IS 'Read the raw tables of a roster, and take it into import.roster_record: every cell that can''t stand (error) or looks like a slip (warning), and why. Of the kinds named (user, group, enrollment, ...) the files are the whole truth';

GRANT EXECUTE ON FUNCTION import.check_roster(text[]) TO hm_rater;

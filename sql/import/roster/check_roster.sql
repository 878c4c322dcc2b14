-- All run with the rights of the importer, in the transaction that called import.roster_open() and filled the
-- raw tables.
CREATE FUNCTION import.check_roster(whole_files text[] DEFAULT '{}')
    RETURNS TABLE (severity text, file text, line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    whole_kinds text[] := ARRAY(SELECT DISTINCT unnest(f.tells)
                                FROM import.roster_file AS f JOIN roster_run AS r USING (format)
                                WHERE f.file_kind = ANY (whole_files));
BEGIN
    CASE (SELECT format FROM roster_run)
        WHEN 'canvas'     THEN PERFORM import.roster_tell_canvas();
        WHEN 'oneroster'  THEN PERFORM import.roster_tell_oneroster();
        WHEN 'coldfront'  THEN PERFORM import.roster_tell_coldfront();
        WHEN 'jupyterhub' THEN PERFORM import.roster_tell_jupyterhub();
    END CASE;
    PERFORM import.roster_read_cells();
    INSERT INTO finding
    SELECT 'error', f.file_kind, 1, NULL, NULL, 'no rows: everybody would have left'
    FROM import.roster_file AS f
    JOIN roster_run AS r USING (format)
    WHERE f.file_kind = ANY (whole_files) AND 'enrollment' = ANY (f.tells)
      AND NOT EXISTS (SELECT FROM told WHERE kind = 'enrollment')
      AND EXISTS (SELECT FROM import.roster_record AS k WHERE k.roster_id = r.roster_id AND k.kind = 'enrollment'
                                                          AND NOT k.is_missing);
    IF NOT EXISTS (SELECT FROM finding) THEN
        PERFORM import.roster_keep(whole_kinds);
        PERFORM import.roster_gather();
        PERFORM import.roster_check_references();
        PERFORM import.roster_find_people();
    END IF;
    RETURN QUERY SELECT DISTINCT f.severity, f.file, f.line, f.column_name, f.value, f.reason FROM finding AS f;
END
$$;
COMMENT ON FUNCTION import.check_roster(text[]) IS 'Read the raw tables of a roster, and take it into import.roster_record: every cell that can''t stand (error) or looks like a slip (warning), and why. The files of the kinds named (users, enrollments, ...) are all that the roster has to say of that';

GRANT EXECUTE ON FUNCTION import.check_roster(text[]) TO hm_rater;

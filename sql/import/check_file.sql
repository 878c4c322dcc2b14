-- A file arrives as two temporary tables. import_stage: line number and one text column per column of
-- the format, null where the cell is empty. import_header: the columns that the file has.
-- import.apply_file() is only called when this finds no error. All run with the rights of the importer.
CREATE FUNCTION import.check_file(kind text, source text DEFAULT 'csv', is_whole boolean DEFAULT false)
    RETURNS TABLE (severity text, line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
    RETURN QUERY SELECT 'error', c.* FROM import.check_cells(kind) AS c;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM import.stage_file(kind);
    RETURN QUERY SELECT 'error', l.* FROM import.check_laws(kind, source, is_whole) AS l;
    IF kind = 'org' THEN
        RETURN QUERY SELECT 'error', t.* FROM import.check_tree() AS t;
    ELSIF kind = 'plans' THEN
        RETURN QUERY SELECT v.* FROM import.check_versions() AS v;
    ELSIF kind = 'caps' THEN
        RETURN QUERY SELECT 'error', c.* FROM import.check_cap_use() AS c;
    ELSIF kind = 'budgets' THEN
        RETURN QUERY SELECT 'error', d.* FROM import.check_delegated() AS d;
    END IF;
    RETURN QUERY SELECT 'warning', w.* FROM import.warn_rows(kind) AS w;
END
$$;
COMMENT ON FUNCTION import.check_file(text, text, boolean) IS 'Stage import_stage as a file of a source, which is or is not all that the source has to say: every cell that can''t stand (error) or looks like a slip (warning), and why; no row: the file is fine';

GRANT EXECUTE ON FUNCTION import.check_file(text, text, boolean) TO hm_rater;

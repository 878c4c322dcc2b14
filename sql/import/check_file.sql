-- A file arrives as two temporary tables. import_stage: line number and one text column per column of
-- the format, null where the cell is empty. import_header: the columns that the file has.
-- import.apply_file() is only called when this finds no error. All run with the rights of the importer.
CREATE FUNCTION import.check_file(kind text)
    RETURNS TABLE (severity text, line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH cell_fault AS MATERIALIZED (
        SELECT s.line, c.key AS column_name, c.value, import.text_fault(c.value) AS reason
        FROM import_stage AS s
        CROSS JOIN LATERAL jsonb_each_text(to_jsonb(s) - 'line') AS c
        WHERE import.text_fault(c.value) IS NOT NULL
    )
    SELECT 'error', f.line, f.column_name, f.value, f.reason
    FROM cell_fault AS f
    UNION ALL
    SELECT 'error', r.line, r.column_name, r.value, r.reason
    FROM import.check_rows(kind) AS r
    WHERE (r.line, r.column_name) NOT IN (SELECT f.line, f.column_name FROM cell_fault AS f)
    UNION ALL
    SELECT 'warning', w.line, w.column_name, w.value, w.reason
    FROM import.warn_rows(kind) AS w
    WHERE (w.line, w.column_name) NOT IN (SELECT f.line, f.column_name FROM cell_fault AS f);
END
$$;
COMMENT ON FUNCTION import.check_file(text) IS 'Every cell of import_stage that can''t stand (error) or looks like a slip (warning), and why; no row: the file is fine';

GRANT EXECUTE ON FUNCTION import.check_file(text) TO hm_rater;

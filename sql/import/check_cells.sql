CREATE FUNCTION import.check_cells(kind text)
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF EXISTS (SELECT FROM import.file_column AS f
               WHERE f.kind = check_cells.kind AND f.column_name = 'valid_from') THEN
        PERFORM import.read_validity(kind);
    END IF;
    RETURN QUERY
    WITH cell_fault AS MATERIALIZED (
        SELECT s.line, c.key AS column_name, c.value, import.text_fault(c.value) AS reason
        FROM import_stage AS s
        CROSS JOIN LATERAL jsonb_each_text(to_jsonb(s) - 'line') AS c
        WHERE check_cells.kind <> 'bill' AND import.text_fault(c.value) IS NOT NULL -- clouds write what they like
    )
    SELECT f.line, f.column_name, f.value, f.reason FROM cell_fault AS f
    UNION ALL
    SELECT r.line, r.column_name, r.value, r.reason
    FROM import.check_rows(kind) AS r
    WHERE (r.line, r.column_name) NOT IN (SELECT f.line, f.column_name FROM cell_fault AS f);
END
$$;
COMMENT ON FUNCTION import.check_cells(text) IS 'Every cell of import_stage that can''t stand, and why';

GRANT EXECUTE ON FUNCTION import.check_cells(text) TO hm_rater;

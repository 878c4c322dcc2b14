CREATE FUNCTION import.check_void(kind text)
    RETURNS TABLE (severity text, line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT 'error', c.* FROM import.check_cells(kind) AS c;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM import.stage_file(kind);
    RETURN QUERY
    SELECT DISTINCT ON (f.line)
           'error', f.line, w.column_name, to_jsonb(f) ->> w.column_name,
           CASE WHEN s.line IS NULL
                THEN 'nothing in this row can be voided: what was in use stays, only what holds for a time goes'
                WHEN import.has_column('valid_from') THEN 'no such row is stored, from that time on'
                ELSE 'no such row is stored' END
    FROM import_stage AS f
    LEFT JOIN staged AS s USING (line)
    LEFT JOIN import.law AS w ON w.law = s.laws[1]
    -- Without times the rows of an org file are those of now, if they are the same.
    WHERE s.row_id IS NULL
       OR (check_void.kind = 'org' AND NOT s.is_same AND NOT import.has_column('valid_from'));
END
$$;
COMMENT ON FUNCTION import.check_void(text) IS 'Stage import_stage as rows to void: as import.check_file, and every one must be stored';

GRANT EXECUTE ON FUNCTION import.check_void(text) TO hm_rater;

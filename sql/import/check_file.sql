-- A file arrives as the temporary table import_stage: line number and one text column per column of
-- the format, null where the cell is empty. import.apply_file() is only called when this finds
-- nothing. Both run with the rights of the importer.
CREATE FUNCTION import.check_file(kind text)
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE kind
        WHEN 'org'         THEN RETURN QUERY SELECT * FROM import.check_org();
        WHEN 'people'      THEN RETURN QUERY SELECT * FROM import.check_people();
        WHEN 'memberships' THEN RETURN QUERY SELECT * FROM import.check_memberships();
        WHEN 'prices'      THEN RETURN QUERY SELECT * FROM import.check_prices();
        ELSE RAISE EXCEPTION 'unknown kind "%"', kind USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END
$$;
COMMENT ON FUNCTION import.check_file(text) IS 'Every cell of import_stage that can''t stand, and why; no row: the file is fine';

GRANT EXECUTE ON FUNCTION import.check_file(text) TO hm_rater;

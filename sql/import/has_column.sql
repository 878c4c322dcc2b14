-- Ask it in a subquery, (SELECT import.has_column('parent')): once a statement instead of once a row.
CREATE FUNCTION import.has_column(name text) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM pg_temp.import_header AS h WHERE h.column_name = name);
END
$$;
COMMENT ON FUNCTION import.has_column(text) IS 'Did the file name the column? One that is left out means that nothing changes, an empty cell that there is none';

GRANT EXECUTE ON FUNCTION import.has_column(text) TO hm_rater;

CREATE FUNCTION import.void_file(reason text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
        SELECT coalesce(sum(audit.void_rows(s.fact::regclass, s.row_ids, reason)), 0)
        FROM (SELECT fact, array_agg(DISTINCT row_id) AS row_ids FROM staged GROUP BY fact) AS s);
END
$$;
COMMENT ON FUNCTION import.void_file(text) IS 'Void the rows that import.check_void staged and passed, with the reason; returns how many';

GRANT EXECUTE ON FUNCTION import.void_file(text) TO hm_rater;

CREATE FUNCTION import.apply_amendments() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    added bigint;
BEGIN
    INSERT INTO fund.amendment (fund_id, kind, amount, first_day, last_day, last_posting, effective, reference)
    SELECT m.fund_id, m.kind, m.amount, m.first_day, m.last_day, m.last_posting, m.effective, m.reference
    FROM import.amended() AS m
    WHERE m.amendment_id IS NULL
    ORDER BY m.line;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END
$$;
COMMENT ON FUNCTION import.apply_amendments() IS 'import.apply_file for the kind amendments';

GRANT EXECUTE ON FUNCTION import.apply_amendments() TO hm_rater;

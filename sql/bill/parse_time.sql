CREATE FUNCTION bill.parse_time(value text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    SET DateStyle = 'ISO, YMD' AS $$
BEGIN
    IF value ~ '^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?)?( ?(UTC|[Zz]|[+-]\d\d(:?\d\d)?))?$' THEN
        RETURN value::timestamptz;
    END IF;
    RETURN NULL;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION bill.parse_time(text) IS 'Instant as clouds write it: with a zone or without, which means UTC; null if it is none';

GRANT EXECUTE ON FUNCTION bill.parse_time(text) TO hm_rater;

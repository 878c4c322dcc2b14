CREATE FUNCTION import.parse_day(value text) RETURNS date
    LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, YMD' AS $$
BEGIN
    RETURN CASE WHEN value ~ '^\d{4}-\d\d-\d\d$' THEN value::date END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION import.parse_day(text) IS 'Date of a cell such as 2026-07-01; null if it is none';

GRANT EXECUTE ON FUNCTION import.parse_day(text) TO hm_rater;

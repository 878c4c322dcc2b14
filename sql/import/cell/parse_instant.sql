-- A date is the first instant of that day: where clocks go back over midnight there are two
-- midnights, and the earlier counts.
CREATE FUNCTION import.parse_instant(value text, time_zone text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, YMD' AS $$
DECLARE
    midnight timestamptz;
BEGIN
    IF value ~ '^\d{4}-\d\d-\d\d$' THEN
        midnight := value::timestamp AT TIME ZONE time_zone;
        RETURN min(t) FROM generate_series(midnight - interval '3 hours', midnight, usage.slot_length()) AS t
               WHERE t AT TIME ZONE time_zone >= value::timestamp;
    ELSIF value ~ '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)$' THEN
        RETURN value::timestamptz;
    END IF;
    RETURN NULL;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION import.parse_instant(text, text) IS 'Instant a cell names: a date (midnight in the time zone) or RFC 3339; null if it is neither';

GRANT EXECUTE ON FUNCTION import.parse_instant(text, text) TO hm_rater;

-- Other systems write 23:59:59, or offsets of a minute: a start is rounded down to a slot, an end up.
CREATE FUNCTION import.roster_instant(value text, time_zone text, is_end boolean, is_last_day boolean)
    RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, YMD' AS $$
DECLARE
    at timestamptz;
BEGIN
    IF value ~ '^\d{4}-\d\d-\d\d$' THEN
        at := import.parse_instant(CASE WHEN is_end AND is_last_day THEN (value::date + 1)::text ELSE value END,
                                   time_zone);
    ELSIF value ~ '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?([Zz]|UTC|[+-]\d\d:?\d\d))?$' THEN
        at := CASE WHEN value ~ '([Zz]|UTC|[+-]\d\d:?\d\d)$' THEN value::timestamptz
                   ELSE value::timestamp AT TIME ZONE time_zone END;
    END IF;
    IF is_end AND at > usage.slot_of(at) THEN
        RETURN usage.slot_of(at) + usage.slot_length();
    END IF;
    RETURN usage.slot_of(at);
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION import.roster_instant(text, text, boolean, boolean) IS 'Slot boundary that a cell of a roster names: a date is its first instant in the time zone (as an end that is a last day: the next day''s), so is a time without a zone; null if it is neither';

GRANT EXECUTE ON FUNCTION import.roster_instant(text, text, boolean, boolean) TO hm_rater;

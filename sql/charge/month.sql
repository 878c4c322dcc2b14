CREATE FUNCTION charge.month(instant timestamptz, time_zone text) RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN date_trunc('month', instant AT TIME ZONE time_zone)::date;
COMMENT ON FUNCTION charge.month(timestamptz, text) IS 'First day of the month the instant falls in, in that time zone';

GRANT EXECUTE ON FUNCTION charge.month(timestamptz, text) TO hm_rater;

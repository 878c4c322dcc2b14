CREATE FUNCTION usage.position_in_day(at timestamptz, day date) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 1 + least(96, greatest(0, ceil(extract(epoch FROM at AT TIME ZONE 'UTC' - day::timestamp) / 900)))::integer;
COMMENT ON FUNCTION usage.position_in_day(timestamptz, date) IS 'Where usage.node_coverage.observed_msec of that UTC day has what was observed before the instant; of instants before and after the day, its start and its end';

GRANT EXECUTE ON FUNCTION usage.position_in_day(timestamptz, date) TO hm_rater, hm_finance, hm_dashboard;

CREATE FUNCTION charge.current_run() RETURNS bigint
    LANGUAGE sql STABLE
    RETURN nullif(current_setting('hubmeter.run_id', true), '')::bigint;
COMMENT ON FUNCTION charge.current_run() IS 'The run that the transaction belongs to (charge.begin_run); null: none';

GRANT EXECUTE ON FUNCTION charge.current_run() TO hm_rater;

CREATE FUNCTION charge.begin_run(reason text, detail text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run bigint;
BEGIN
    INSERT INTO charge.run (reason, detail) VALUES (reason, detail) RETURNING run_id INTO run;
    PERFORM set_config('hubmeter.run_id', run::text, true);
    RETURN run;
END
$$;
COMMENT ON FUNCTION charge.begin_run(text, text) IS 'Say why charges are about to change (charge.run); what the transaction marks or changes from here on belongs to it. Returns its id';

GRANT EXECUTE ON FUNCTION charge.begin_run(text, text) TO hm_rater;

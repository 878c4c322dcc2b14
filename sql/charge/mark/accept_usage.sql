-- Usage only ever grows by itself, so a day of which less is left than was charged keeps its charges
-- (HM002). Where that is right, somebody says so.
CREATE FUNCTION charge.accept_usage(of_hub text, of_day date, why text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run bigint := charge.begin_run('correction', 'usage: ' || why);
BEGIN
    INSERT INTO ingest.dirty_day (hub_id, day, run_id)
    SELECT hub_id, of_day, run FROM usage.hub WHERE name = of_hub;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hub "%"', of_hub USING ERRCODE = 'no_data_found';
    END IF;
    RETURN run;
END
$$;
COMMENT ON FUNCTION charge.accept_usage(text, date, text) IS 'The usage of a UTC day of a hub was corrected, also downwards: have it rated as it is now, in a run that says why. Returns the run';

GRANT EXECUTE ON FUNCTION charge.accept_usage(text, date, text) TO hm_rater;

-- With the rights of the owner: fund.keep_version() sees to it that the login is another one.
CREATE FUNCTION fund.approve_plan(of_institution text, of_plan text, of_start text DEFAULT NULL)
    RETURNS SETOF timestamptz
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    i org.institution;
    p fund.plan;
    starts timestamptz;
    waiting integer[];
BEGIN
    SELECT * INTO i FROM org.institution AS o WHERE o.code = of_institution AND o.institution_id <> 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no institution "%"', of_institution USING ERRCODE = 'no_data_found';
    END IF;
    SELECT * INTO p FROM fund.plan AS k WHERE (k.institution_id, k.code) = (i.institution_id, of_plan);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no plan "%" of %', of_plan, i.code USING ERRCODE = 'no_data_found';
    END IF;
    starts := import.parse_instant(of_start, i.time_zone);
    IF of_start IS NOT NULL AND starts IS NULL THEN
        RAISE EXCEPTION '"%" is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)', of_start
              USING ERRCODE = 'invalid_parameter_value';
    END IF;
    waiting := ARRAY(
        SELECT v.plan_version_id FROM fund.plan_version AS v
        WHERE v.plan_id = p.plan_id AND fund.version_status(v) = 'waiting'
          AND (starts IS NULL OR v.valid_from = starts)
        FOR UPDATE);
    IF waiting = '{}' THEN
        RAISE EXCEPTION 'no version of it% waits for approval', coalesce(' from ' || of_start || ' on', '')
              USING ERRCODE = 'no_data_found', HINT = 'hubmeter plan check lists them.';
    END IF;
    RETURN QUERY
    UPDATE fund.plan_version AS v SET approved_at = now(), approved_by = session_user
    WHERE v.plan_version_id = ANY (waiting)
    RETURNING v.valid_from;
END
$$;
COMMENT ON FUNCTION fund.approve_plan(text, text, text) IS 'Approve the waiting versions of an institution''s plan, or the one that holds from a date or instant on (text); returns when each begins to hold';

GRANT EXECUTE ON FUNCTION fund.approve_plan(text, text, text) TO hm_controller;

CREATE FUNCTION fund.keep_leg() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR NOT EXISTS (SELECT FROM fund.plan_version AS v
                                       WHERE v.plan_version_id = NEW.plan_version_id
                                         AND v.entered_at = now() AND v.approved_at IS NULL) THEN
        RAISE EXCEPTION 'the legs of a version of a plan are entered with it and never changed: enter another version'
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION fund.keep_leg() IS 'Trigger: what somebody approved is what pays';

CREATE TRIGGER keep_leg BEFORE INSERT OR UPDATE ON fund.plan_leg
    FOR EACH ROW EXECUTE FUNCTION fund.keep_leg();

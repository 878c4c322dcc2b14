CREATE FUNCTION org.keep_calendar() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.time_zone, NEW.currency) IS DISTINCT FROM (OLD.time_zone, OLD.currency)
       AND org.in_use(OLD.institution_id) THEN
        RAISE EXCEPTION 'institution "%" has prices or members: its time zone and currency stay', OLD.code
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION org.keep_calendar() IS 'Trigger: no change of time zone or currency under existing prices and memberships';

CREATE TRIGGER keep_calendar BEFORE UPDATE ON org.institution
    FOR EACH ROW EXECUTE FUNCTION org.keep_calendar();

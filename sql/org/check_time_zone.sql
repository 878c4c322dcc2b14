CREATE FUNCTION org.check_time_zone() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = NEW.time_zone) THEN
        RAISE EXCEPTION 'unknown time zone "%"', NEW.time_zone USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION org.check_time_zone() IS 'Trigger: the time zone is one PostgreSQL knows';

CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON org.institution
    FOR EACH ROW EXECUTE FUNCTION org.check_time_zone();

-- `hubmeter rate --follow` listens. However many statements and rows, a transaction says it once.
CREATE FUNCTION ingest.announce() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('hubmeter_dirty_day', '');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ingest.announce() IS 'Trigger: tell who listens to hubmeter_dirty_day that days wait for rating';

CREATE TRIGGER announce AFTER INSERT ON ingest.dirty_day
    FOR EACH STATEMENT EXECUTE FUNCTION ingest.announce();

CREATE TRIGGER announce AFTER INSERT OR UPDATE ON fund.dirty_since
    FOR EACH STATEMENT EXECUTE FUNCTION ingest.announce();

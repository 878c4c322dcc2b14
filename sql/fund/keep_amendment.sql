CREATE FUNCTION fund.keep_amendment() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'amendments are only ever added, never changed: enter another one that makes it good'
          USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION fund.keep_amendment() IS 'Trigger: what became known of a fund stays as it was told';

CREATE TRIGGER keep_amendment BEFORE UPDATE ON fund.amendment
    FOR EACH ROW EXECUTE FUNCTION fund.keep_amendment();

CREATE FUNCTION ingest.keep_decision() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'decisions in %.% are never changed or deleted', TG_TABLE_SCHEMA, TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION ingest.keep_decision() IS 'Trigger: what was decided stays as it is';

CREATE TRIGGER keep_decision BEFORE UPDATE OR DELETE ON ingest.decision
    FOR EACH ROW EXECUTE FUNCTION ingest.keep_decision();
CREATE TRIGGER keep_decisions BEFORE TRUNCATE ON ingest.decision
    FOR EACH STATEMENT EXECUTE FUNCTION ingest.keep_decision();

CREATE TRIGGER keep_act BEFORE UPDATE OR DELETE ON ingest.quarantine_act
    FOR EACH ROW EXECUTE FUNCTION ingest.keep_decision();
CREATE TRIGGER keep_acts BEFORE TRUNCATE ON ingest.quarantine_act
    FOR EACH STATEMENT EXECUTE FUNCTION ingest.keep_decision();

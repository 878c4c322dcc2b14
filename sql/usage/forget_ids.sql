CREATE FUNCTION usage.forget_ids() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE ingest.name_version SET version = version + 1;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION usage.forget_ids() IS 'Trigger: aggregators look up anew what they remember of the ids of names (ingest.name_version)';

CREATE TRIGGER forget_ids AFTER DELETE OR TRUNCATE OR UPDATE OF hub_id, name ON usage.hub
    FOR EACH STATEMENT EXECUTE FUNCTION usage.forget_ids();

CREATE TRIGGER forget_ids AFTER DELETE OR TRUNCATE OR UPDATE OF node_id, hub_id, name ON usage.node
    FOR EACH STATEMENT EXECUTE FUNCTION usage.forget_ids();

CREATE TRIGGER forget_ids AFTER DELETE OR TRUNCATE OR UPDATE OF class_id, name ON usage.resource_class
    FOR EACH STATEMENT EXECUTE FUNCTION usage.forget_ids();

CREATE TRIGGER forget_ids AFTER DELETE OR TRUNCATE OR UPDATE OF workload_id, node_id, kind, external_id
    ON usage.workload FOR EACH STATEMENT EXECUTE FUNCTION usage.forget_ids();

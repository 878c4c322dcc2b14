CREATE FUNCTION audit.refuse_delete() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'rows of %.% are closed or renamed, never deleted: past charges name them',
                    TG_TABLE_SCHEMA, TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION audit.refuse_delete() IS 'Trigger: a row that past charges name stays';

CREATE TRIGGER refuse_delete BEFORE DELETE ON org.institution
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_delete();
CREATE TRIGGER refuse_delete BEFORE DELETE ON org.unit
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_delete();
CREATE TRIGGER refuse_delete BEFORE DELETE ON org.person
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_delete();
CREATE TRIGGER refuse_delete BEFORE DELETE ON price.book
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_delete();
CREATE TRIGGER refuse_delete BEFORE DELETE ON org.user_group
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_delete();

CREATE FUNCTION org.refuse_cycle() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        -- UNION, not UNION ALL: ends even if a cycle that the new edge is no part of came with it.
        WITH RECURSIVE ancestor (unit_id, valid) AS (
            SELECT NEW.parent_id, NEW.valid
            UNION
            SELECT p.parent_id, p.valid * a.valid
            FROM ancestor a
            JOIN org.unit_parent p ON p.unit_id = a.unit_id AND p.valid && a.valid
            WHERE a.unit_id <> NEW.unit_id
        )
        SELECT FROM ancestor WHERE unit_id = NEW.unit_id
    ) THEN
        RAISE EXCEPTION 'unit "%" would belong to itself',
                        (SELECT code FROM org.unit WHERE unit_id = NEW.unit_id)
              USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION org.refuse_cycle() IS 'Trigger: no unit is its own ancestor at any instant';

CREATE TRIGGER refuse_cycle AFTER INSERT OR UPDATE ON org.unit_parent
    FOR EACH ROW EXECUTE FUNCTION org.refuse_cycle();

-- Counted where names are new, which is rare. Two aggregators at the same moment may exceed the bound by what each has in
-- hand: it keeps a table small, nothing depends on it.
CREATE FUNCTION usage.check_minted() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    excess record;
BEGIN
    IF NOT EXISTS (SELECT FROM minted) THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'resource_class' THEN
        SELECT h.name, h.most_classes AS most INTO excess
        FROM usage.hub AS h
        WHERE h.hub_id IN (SELECT m.named_by FROM minted AS m)
          AND (SELECT count(*) FROM usage.resource_class AS c WHERE c.named_by = h.hub_id) > h.most_classes
        LIMIT 1;
    ELSE
        SELECT h.name, h.most_nodes AS most INTO excess
        FROM usage.hub AS h
        WHERE h.hub_id IN (SELECT m.hub_id FROM minted AS m)
          AND (SELECT count(*) FROM usage.node AS n WHERE n.hub_id = h.hub_id) > h.most_nodes
        LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'hub "%" has named % already in %', excess.name, excess.most, TG_TABLE_NAME
            USING ERRCODE = 'HM004', HINT = 'raise most_classes or most_nodes in usage.hub if they are all real';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION usage.check_minted() IS 'Trigger: refuse (HM004) classes and nodes that a hub names beyond usage.hub.most_classes and most_nodes';

CREATE TRIGGER check_minted AFTER INSERT ON usage.resource_class
    REFERENCING NEW TABLE AS minted FOR EACH STATEMENT EXECUTE FUNCTION usage.check_minted();

CREATE TRIGGER check_minted AFTER INSERT ON usage.node
    REFERENCING NEW TABLE AS minted FOR EACH STATEMENT EXECUTE FUNCTION usage.check_minted();

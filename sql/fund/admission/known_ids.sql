-- A hub or class that a file names is known from its first server on, not from its first usage on.
CREATE FUNCTION fund.known_ids(hub text, class text, OUT hub_id integer, OUT class_id integer)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM usage.hub AS h WHERE h.name = hub) THEN
        INSERT INTO usage.hub (name) VALUES (known_ids.hub) ON CONFLICT DO NOTHING;
    END IF;
    IF NOT EXISTS (SELECT FROM usage.resource_class AS c WHERE c.name = class) THEN
        INSERT INTO usage.resource_class (name) VALUES (known_ids.class) ON CONFLICT DO NOTHING;
    END IF;
    SELECT h.hub_id, c.class_id INTO known_ids.hub_id, known_ids.class_id
    FROM usage.hub AS h, usage.resource_class AS c
    WHERE h.name = known_ids.hub AND c.name = known_ids.class;
END
$$;
COMMENT ON FUNCTION fund.known_ids(text, text) IS 'The numbers of a hub and a class of machine, which they get if they have none';

GRANT EXECUTE ON FUNCTION fund.known_ids(text, text) TO hm_owner; -- a part of fund.can_spawn()

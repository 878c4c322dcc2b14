-- A month that is new fills faster than autovacuum looks, and plans made without statistics can take hours. Pages count,
-- because a table's size is known at once, and what was changed in it only later. With the rights of the owner: nobody
-- else may.
CREATE FUNCTION charge.refresh_statistics() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    grown regclass;
    analyzed integer := 0;
BEGIN
    FOR grown IN
        SELECT c.oid::regclass
        FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid
        CROSS JOIN LATERAL (SELECT pg_relation_size(c.oid) / current_setting('block_size')::integer AS now) AS pages
        WHERE i.inhparent IN ('charge.line'::regclass, 'charge.share'::regclass, 'fund.leg'::regclass)
          AND pages.now > 8
          AND (pages.now > 8 + 1.5 * c.relpages
               OR NOT EXISTS (SELECT FROM pg_stats AS s
                              WHERE (s.schemaname, s.tablename) = (c.relnamespace::regnamespace::name, c.relname)))
        ORDER BY c.oid
    LOOP
        EXECUTE format('ANALYZE %s', grown);
        analyzed := analyzed + 1;
    END LOOP;
    RETURN analyzed;
END
$$;
COMMENT ON FUNCTION charge.refresh_statistics() IS 'Analyze the months of charges and legs that have no statistics, or have grown by half since; returns how many tables. Call it between rating and funding, in a transaction of its own';

GRANT EXECUTE ON FUNCTION charge.refresh_statistics() TO hm_rater;

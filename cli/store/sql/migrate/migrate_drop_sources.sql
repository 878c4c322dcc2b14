-- All views are locked first, in one order or the other (hubmeter.lock_order is 1 or -1): a
-- transaction that reads several of them in the opposite order would hold one and wait for the next.
-- ALTER ... OWNER to the owner that it has changes nothing and locks the view alone, which LOCK TABLE
-- would not. The time for all is bounded: nobody who waits for us may be taken for the victim of a
-- deadlock.
SET LOCAL statement_timeout = '700ms';
DO $$
DECLARE
    o record;
BEGIN
    FOR o IN SELECT identity FROM audit.source_object
             WHERE CASE kind WHEN 'view' THEN to_regclass(identity) END IS NOT NULL
             ORDER BY position * current_setting('hubmeter.lock_order')::integer LOOP
        EXECUTE format('ALTER VIEW %s OWNER TO hm_owner', o.identity);
    END LOOP;
    FOR o IN SELECT kind, identity FROM audit.source_object ORDER BY position DESC LOOP
        EXECUTE format('DROP %s IF EXISTS %s', o.kind, o.identity);
    END LOOP;
    DELETE FROM audit.source_file;
END
$$;
SET LOCAL statement_timeout = 0

-- Who may write usage, and which hub the operator of one may read.

SET LOCAL ROLE hm_owner;

-- ------------------------------------------------------------------------------------------------
-- The aggregator adds. What identifies a row, whatever table it is of, is never changed: a hub keeps its name, a node
-- its hub, usage its workload. How far Kafka was read, and what became of it, is noted by ingest.advance() alone.
-- ------------------------------------------------------------------------------------------------

DO $$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT a.attrelid::regclass AS name,
               string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE NOT EXISTS (
                   SELECT FROM pg_index AS i
                   WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey))
                   AND a.attrelid NOT IN ('usage.hub'::regclass, 'usage.resource_class'::regclass)
                   AND NOT (a.attrelid = 'ingest.partition'::regclass
                            AND a.attname ~ ('^(next_offset|first_offset|flushed_at|last_.*'
                                             '|taken|duplicates|quarantined|skipped|lost)$'))
               ) AS columns
        FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE c.relnamespace IN ('usage'::regnamespace, 'ingest'::regnamespace)
          AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
          AND has_column_privilege('hm_aggregator', a.attrelid, a.attnum, 'UPDATE')
        GROUP BY a.attrelid
    LOOP
        EXECUTE format('REVOKE UPDATE ON %s FROM hm_aggregator', t.name);
        IF t.columns IS NOT NULL THEN
            EXECUTE format('GRANT UPDATE (%s) ON %s TO hm_aggregator', t.columns, t.name);
        END IF;
    END LOOP;
END
$$;
REVOKE INSERT ON usage.hub FROM hm_aggregator; -- it names hubs, and says nothing else of them
GRANT INSERT (name) ON usage.hub TO hm_aggregator;

-- ------------------------------------------------------------------------------------------------
-- Which hub an operator may see
-- ------------------------------------------------------------------------------------------------

CREATE TABLE usage.hub_operator (
    hub_operator_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL CHECK (login <> ''),
    hub text NOT NULL CHECK (hub ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$'),
    granted_at timestamptz NOT NULL DEFAULT now(),
    granted_by text NOT NULL DEFAULT session_user,
    UNIQUE (login, hub)
);
COMMENT ON TABLE usage.hub_operator IS 'Which hubs a login that is a member of hm_hub_ro sees in usage and ingest. Without a row it sees none. usage.show_hub() and usage.hide_hub() change it';
COMMENT ON COLUMN usage.hub_operator.login IS 'The role that signs in';
COMMENT ON COLUMN usage.hub_operator.hub IS 'As usage.hub spells it; the hub may be one that has sent nothing yet';
COMMENT ON COLUMN usage.hub_operator.granted_at IS 'When it was granted (UTC)';
COMMENT ON COLUMN usage.hub_operator.granted_by IS 'The role that was signed in then';
GRANT SELECT ON usage.hub_operator TO hm_rater;

-- Policies stand on these, so they stay here. Policies ask them in a subquery, which is done once a query; each is an
-- array, which an index can look up. What counts is who signed in: a setting is anybody's to change.
CREATE FUNCTION usage.seen_hubs() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(h.hub_id), '{}')
    FROM usage.hub_operator AS o JOIN usage.hub AS h ON h.name = o.hub
    WHERE o.login = session_user
$$;
COMMENT ON FUNCTION usage.seen_hubs() IS 'The hubs whose operator is signed in';

CREATE FUNCTION usage.seen_nodes() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(n.node_id), '{}') FROM usage.node AS n WHERE n.hub_id = ANY (usage.seen_hubs())
$$;
COMMENT ON FUNCTION usage.seen_nodes() IS 'The nodes of usage.seen_hubs()';

CREATE FUNCTION usage.seen_topics() RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg('usage.' || o.hub || '.v1'), '{}')
    FROM usage.hub_operator AS o WHERE o.login = session_user
$$;
COMMENT ON FUNCTION usage.seen_topics() IS 'The topics of the hubs whose operator is signed in';

GRANT EXECUTE ON FUNCTION usage.seen_hubs(), usage.seen_nodes(), usage.seen_topics() TO hm_hub_ro;

-- For everybody else privileges decide, as before: a policy that is always true costs nothing. Nobody may COPY into
-- these tables but their owner; a flush copies into tables of its own session.
DO $$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT DISTINCT ON (c.oid) c.oid::regclass AS name, w.condition
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN (VALUES (1, 'hub_id',  'hub_id = ANY ((SELECT usage.seen_hubs())::integer[])'),
                     (2, 'node_id', 'node_id = ANY ((SELECT usage.seen_nodes())::integer[])'),
                     (3, 'topic',   'topic = ANY ((SELECT usage.seen_topics())::text[])'))
             AS w (turn, column_name, condition) ON w.column_name = a.attname
        WHERE c.relnamespace IN ('usage'::regnamespace, 'ingest'::regnamespace)
          AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        ORDER BY c.oid, w.turn
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name);
        EXECUTE format('CREATE POLICY everybody ON %s USING (true) WITH CHECK (true)', t.name);
        EXECUTE format('CREATE POLICY own_hub ON %s AS RESTRICTIVE FOR SELECT TO hm_hub_ro USING (%s)',
                       t.name, t.condition);
    END LOOP;
END
$$;

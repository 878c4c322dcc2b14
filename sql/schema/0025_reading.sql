-- What reports read, so that they need not read all there is.

-- Questions name days and months, which the planner can't count: it takes them for thousands, and compiling the
-- statement then takes longer than all the rest.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_db_role_setting AS s, unnest(s.setconfig) AS c (setting)
                   WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
                     AND s.setrole = 0 AND c.setting ^@ 'jit=') THEN
        EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'reports are slower than they need be: have the owner of the database say ALTER DATABASE % SET jit = off',
                 quote_ident(current_database());
END
$$;

SET LOCAL ROLE hm_owner;

-- Whoever asks for a course asks for one of many, and for all its months.
CREATE INDEX share_group ON charge.share (group_id) WHERE group_id IS NOT NULL;

-- Whoever asks for charges asks for the largest of them: a month's are then read in that order, and no more of them.
CREATE INDEX share_amount ON charge.share (amount);

-- How much of each UTC day a node was observed up to each quarter of an hour. What was observed between two of them is
-- a difference, so that a year of days, in whatever calendar, need not read every slot. It is kept by the statements
-- that change usage.node_slot, in the same transaction, so it is never early, late or off.
CREATE TABLE usage.node_coverage (
    node_id integer NOT NULL REFERENCES usage.node,
    day date NOT NULL,
    observed_msec bigint[] NOT NULL CHECK (array_lower(observed_msec, 1) = 1 AND cardinality(observed_msec) = 97),
    PRIMARY KEY (node_id, day)
) WITH (fillfactor = 50);
COMMENT ON TABLE usage.node_coverage IS 'Sums of usage.node_slot.coverage_msec by node and UTC day';
COMMENT ON COLUMN usage.node_coverage.day IS 'UTC day';
COMMENT ON COLUMN usage.node_coverage.observed_msec IS 'Milliseconds that were really observed in the first 0, 1, 2 to 96 quarters of an hour of the day';

GRANT SELECT ON usage.node_coverage TO hm_rater, hm_hub_ro;

-- A flush knows one quarter of an hour of a node, or two.
CREATE FUNCTION usage.running_sums(quarters integer[], msecs bigint[]) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN cardinality(quarters) = 1
                THEN array_fill(0::bigint, ARRAY[quarters[1] + 1]) || array_fill(msecs[1], ARRAY[96 - quarters[1]])
                ELSE ARRAY(SELECT (sum(coalesce(q.msec, 0)) OVER (ORDER BY n))::bigint
                           FROM generate_series(0, 96) AS n
                           LEFT JOIN unnest(quarters, msecs) AS q (quarter, msec) ON q.quarter = n - 1
                           ORDER BY n)
           END;
COMMENT ON FUNCTION usage.running_sums(integer[], bigint[]) IS 'As usage.node_coverage.observed_msec, from what was observed in some quarters of an hour of a day, counted from 0';

-- Running sums of changes are changes of running sums: they are added one by one.
CREATE FUNCTION usage.roll_up_coverage() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    change text := CASE TG_OP WHEN 'INSERT' THEN 'SELECT 1 AS sign, * FROM after'
                              WHEN 'DELETE' THEN 'SELECT -1 AS sign, * FROM before'
                              ELSE 'SELECT 1 AS sign, * FROM after UNION ALL SELECT -1, * FROM before' END;
BEGIN
    EXECUTE format(
        'WITH changed_slot AS (
             SELECT node_id, (slot_start AT TIME ZONE ''UTC'')::date AS day, slot_start,
                    sum(sign * coverage_msec)::bigint AS msec
             FROM (%s) AS c
             GROUP BY node_id, slot_start
             HAVING sum(sign * coverage_msec) <> 0
         )
         INSERT INTO usage.node_coverage AS t (node_id, day, observed_msec)
         SELECT node_id, day,
                usage.running_sums(array_agg((extract(epoch FROM slot_start) %% 86400 / 900)::integer), array_agg(msec))
         FROM changed_slot
         GROUP BY node_id, day
         ORDER BY node_id, day
         ON CONFLICT (node_id, day) DO UPDATE
            SET observed_msec = ARRAY(SELECT o.msec + o.more
                                      FROM unnest(t.observed_msec, excluded.observed_msec)
                                           WITH ORDINALITY AS o (msec, more, n)
                                      ORDER BY n)',
        change);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION usage.roll_up_coverage() IS 'Trigger: add what the statement changed of usage.node_slot to usage.node_coverage';

CREATE FUNCTION usage.forget_coverage() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM usage.node_coverage; -- TRUNCATE is refused where both are emptied by one statement
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION usage.forget_coverage() IS 'Trigger: usage.node_slot was emptied';

CREATE TRIGGER coverage_insert AFTER INSERT ON usage.node_slot REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION usage.roll_up_coverage();
CREATE TRIGGER coverage_update AFTER UPDATE ON usage.node_slot REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION usage.roll_up_coverage();
CREATE TRIGGER coverage_delete AFTER DELETE ON usage.node_slot REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION usage.roll_up_coverage();
CREATE TRIGGER coverage_truncate AFTER TRUNCATE ON usage.node_slot
    FOR EACH STATEMENT EXECUTE FUNCTION usage.forget_coverage();

INSERT INTO usage.node_coverage
SELECT s.node_id, s.day, usage.running_sums(array_agg((extract(epoch FROM s.slot_start) % 86400 / 900)::integer),
                                            array_agg(s.msec))
FROM (SELECT node_id, (slot_start AT TIME ZONE 'UTC')::date AS day, slot_start, sum(coverage_msec)::bigint AS msec
      FROM usage.node_slot GROUP BY node_id, slot_start HAVING sum(coverage_msec) <> 0) AS s
GROUP BY s.node_id, s.day;

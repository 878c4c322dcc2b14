-- From a bill to charges, in steps that are tables: pools of lines that are distributed alike; the usage
-- that each pool is for; what the machines had; parts of each pool by weight; charge lines; who pays.
-- What is there already and the same is not touched.
CREATE FUNCTION charge.distribute(of_statement integer)
    RETURNS TABLE (added bigint, changed bigint, removed bigint, unchanged bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET jit = off SET client_min_messages = warning SET work_mem = '256MB'
    SET enable_nestloop = off AS $$ -- as in charge.rate_day
#variable_conflict use_column
DECLARE
    s bill.statement;
    zone text;
    idle_is_spread boolean;
    run bigint := charge.current_run();
    earliest_slot timestamptz;
    latest_slot timestamptz;
BEGIN
    SELECT * INTO STRICT s FROM bill.statement WHERE statement_id = of_statement FOR UPDATE;
    SELECT time_zone INTO zone FROM org.institution WHERE institution_id = s.institution_id;
    SELECT EXISTS (SELECT FROM bill.policy
                   WHERE institution_id = s.institution_id AND component = 'idle' AND policy = 'spread')
    INTO idle_is_spread;
    INSERT INTO usage.hub (hub_id, name) OVERRIDING SYSTEM VALUE VALUES (0, '(shared)') ON CONFLICT DO NOTHING;
    INSERT INTO usage.resource_class (name) VALUES ('') ON CONFLICT DO NOTHING;
    DROP TABLE IF EXISTS pg_temp.pool, pg_temp.pool_slot, pg_temp.use, pg_temp.capacity, pg_temp.part,
                         pg_temp.wanted_line, pg_temp.target_line, pg_temp.target_share;

    CREATE TEMPORARY TABLE pool ON COMMIT DROP AS
    SELECT p.*, h.hub_id, b.booked_at, charge.month(b.booked_at, zone) AS month,
           (b.booked_at AT TIME ZONE 'UTC')::date AS day
    FROM charge.bill_pools(s.revision_id) AS p
    LEFT JOIN usage.hub AS h ON h.name = p.hub
    -- What has no slots of its own is booked a day into a long period: the first instant of a UTC month is
    -- the month before in half of the world.
    CROSS JOIN LATERAL (
        SELECT usage.slot_of(p.charge_start + CASE WHEN p.charge_end - p.charge_start > interval '2 days'
                                                   THEN interval '1 day' ELSE '0' END) AS booked_at
    ) AS b;
    ANALYZE pool;

    -- A hub that has never sent anything has no usage: the pool has no driver.
    CREATE TEMPORARY TABLE pool_slot ON COMMIT DROP AS
    SELECT p.pool_id, p.component, p.class, h.hub_id, t.slot_start
    FROM pool AS p
    JOIN usage.hub AS h ON h.hub_id = p.hub_id OR (p.hub IS NULL AND h.hub_id <> 0)
    CROSS JOIN generate_series(usage.slot_of(p.charge_start), p.charge_end - interval '1 microsecond',
                               usage.slot_length()) AS t (slot_start)
    WHERE p.component IN ('compute', 'storage', 'network')
      AND EXISTS (SELECT FROM org.hub_owner AS o
                  WHERE o.hub = h.name AND o.institution_id = s.institution_id AND o.valid @> t.slot_start);
    ANALYZE pool_slot;
    SELECT min(slot_start), max(slot_start) INTO earliest_slot, latest_slot FROM pool_slot;

    CREATE TEMPORARY TABLE use ON COMMIT DROP AS
    SELECT u.pool_id, u.hub_id, g.workload_group_id, u.class_id, u.day, u.month,
           sum(u.cpu) AS cpu, sum(u.memory) AS memory, sum(u.gpu) AS gpu, sum(u.storage) AS storage,
           sum(u.network) AS network, min(u.first_slot) AS first_slot, max(u.last_slot) AS last_slot
    FROM (SELECT p.pool_id, p.hub_id, b.workload_id, b.class_id,
                 (b.slot_start AT TIME ZONE 'UTC')::date AS day, charge.month(b.slot_start, zone) AS month,
                 sum(b.cpu_billable_usec) AS cpu, sum(b.memory_billable_mib_sec) AS memory,
                 sum(b.gpu_billable_msec) AS gpu, sum(b.storage_mib_sec) AS storage,
                 sum(b.net_rx_bytes + b.net_tx_bytes) AS network,
                 min(b.slot_start) AS first_slot, max(b.slot_start) AS last_slot
          FROM pool_slot AS p
          JOIN usage.slot AS b ON b.hub_id = p.hub_id AND b.slot_start = p.slot_start
          JOIN usage.resource_class AS c ON c.class_id = b.class_id
          WHERE b.slot_start >= usage.slot_of(s.period_start - interval '40 days')
            AND b.slot_start < s.period_end + interval '40 days'
            AND (p.class IS NULL OR c.name = p.class)
          GROUP BY p.pool_id, p.hub_id, b.workload_id, b.class_id, 5, 6) AS u
    JOIN usage.workload AS w USING (workload_id)
    JOIN charge.workload_group AS g
      ON (g.hub_id, g.username, g.server_name, g.tag, g.kind)
       = (u.hub_id, w.username, w.server_name, w.tag, w.kind)
    GROUP BY u.pool_id, u.hub_id, g.workload_group_id, u.class_id, u.day, u.month;
    ANALYZE use;

    -- What machines had, or what was used of them where that is more. The cost of a machine is that of
    -- its GPUs where it has any, else of its cores and memory, 9 to 1 per core and GiB (the weights that
    -- AWS publishes for split cost allocation data). 3686400000000 is the product in which a core-hour
    -- counts 1024, a GiB-hour 1000000, a GPU-hour 1024000 of its base units.
    CREATE TEMPORARY TABLE capacity ON COMMIT DROP AS
    SELECT k.pool_id, greatest(k.cpu, 1) AS cpu, greatest(k.memory, 1) AS memory, greatest(k.gpu, 1) AS gpu,
           CASE WHEN k.gpu > 0 THEN 0 ELSE 9 * k.cpu * 1024 END AS cpu_value,
           CASE WHEN k.gpu > 0 THEN 0 ELSE k.memory * 1000000 END AS memory_value,
           k.gpu * 1024000 AS gpu_value
    FROM (SELECT p.pool_id,
                 greatest(n.cpu, u.cpu, 0) AS cpu, greatest(n.memory, u.memory, 0) AS memory,
                 greatest(n.gpu, u.gpu, 0) AS gpu
          FROM pool AS p
          LEFT JOIN (SELECT t.pool_id, sum(b.cpu_capacity_usec) AS cpu,
                            sum(b.memory_capacity_mib_sec) AS memory, sum(b.gpu_capacity_msec) AS gpu
                     FROM pool_slot AS t
                     JOIN usage.node AS n USING (hub_id)
                     JOIN usage.node_slot AS b ON b.node_id = n.node_id AND b.slot_start = t.slot_start
                     JOIN usage.resource_class AS c USING (class_id)
                     WHERE t.component = 'compute' AND (t.class IS NULL OR c.name = t.class)
                       AND b.slot_start BETWEEN earliest_slot AND latest_slot -- months that no pool is of are not read
                     GROUP BY t.pool_id) AS n USING (pool_id)
          LEFT JOIN (SELECT pool_id, sum(cpu) AS cpu, sum(memory) AS memory, sum(gpu) AS gpu
                     FROM use GROUP BY pool_id) AS u USING (pool_id)
          WHERE p.component = 'compute') AS k;

    -- A part of a pool: of a workload group, or what is left of it ("idle") or has no driver ("residual").
    CREATE TEMPORARY TABLE part ON COMMIT DROP AS
    WITH weight AS (
        SELECT u.pool_id, u.hub_id, u.workload_group_id, u.class_id, u.day, u.month, u.first_slot, u.last_slot,
               CASE p.component
                   WHEN 'compute' THEN k.cpu_value * u.cpu * k.memory * k.gpu
                                       + k.memory_value * u.memory * k.cpu * k.gpu
                                       + k.gpu_value * u.gpu * k.cpu * k.memory
                   WHEN 'storage' THEN u.storage
                   ELSE u.network
               END AS weight,
               CASE p.component WHEN 'compute' THEN u.memory WHEN 'storage' THEN u.storage ELSE u.network END
                   AS billable
        FROM use AS u
        JOIN pool AS p USING (pool_id)
        LEFT JOIN capacity AS k USING (pool_id)
    ),
    used AS (
        SELECT pool_id, sum(weight) AS weight FROM weight GROUP BY pool_id
    ),
    left_over AS (
        SELECT p.pool_id, coalesce(p.hub_id, 0) AS hub_id, p.component, p.day, p.month, p.booked_at,
               CASE WHEN coalesce(u.weight, 0) > 0 AND idle_is_spread THEN 0
                    WHEN p.component = 'compute'
                    THEN coalesce((k.cpu_value + k.memory_value + k.gpu_value) * k.cpu * k.memory * k.gpu, 0)
                         - coalesce(u.weight, 0)
                    WHEN p.component = 'storage' AND p.provisioned_gib IS NOT NULL
                    THEN greatest(p.provisioned_gib * 1024
                                  * (SELECT count(*) * 900 FROM pool_slot AS t WHERE t.pool_id = p.pool_id)
                                  - coalesce(u.weight, 0), 0)
                    ELSE 0 END AS weight,
               coalesce(u.weight, 0) AS used
        FROM pool AS p
        LEFT JOIN used AS u USING (pool_id)
        LEFT JOIN capacity AS k USING (pool_id)
    ),
    every AS (
        SELECT pool_id, hub_id, workload_group_id, class_id, day, month, first_slot, last_slot, weight, billable,
               NULL AS rest
        FROM weight
        WHERE weight > 0
        UNION ALL
        SELECT l.pool_id, l.hub_id, NULL, NULL, l.day, l.month, l.booked_at, l.booked_at,
               CASE WHEN l.used > 0 THEN l.weight ELSE 1 END, 0,
               CASE WHEN l.component = 'compute' OR (l.component = 'storage' AND l.weight > 0) THEN 'idle'
                    WHEN l.component IN ('storage', 'network', 'unmatched') THEN 'residual'
                    ELSE 'shared' END
        FROM left_over AS l
        WHERE l.weight > 0 OR l.used = 0
    ),
    floored AS (
        SELECT e.*, p.component, sign(p.units) AS sign, abs(p.units) AS total,
               div(abs(p.units) * e.weight, sum(e.weight) OVER pool) AS units,
               mod(abs(p.units) * e.weight, sum(e.weight) OVER pool) AS fraction
        FROM every AS e
        JOIN pool AS p USING (pool_id)
        WINDOW pool AS (PARTITION BY e.pool_id)
    )
    SELECT hub_id, workload_group_id, class_id, day, month, component, rest, first_slot, last_slot, billable,
           sign * (units + (row_number() OVER (PARTITION BY pool_id
                                               ORDER BY fraction DESC, day, hub_id, workload_group_id, class_id)
                            <= total - sum(units) OVER (PARTITION BY pool_id))::integer) AS units
    FROM floored;

    INSERT INTO charge.workload_group (hub_id, username, server_name, tag, kind)
    SELECT DISTINCT hub_id, '', '', format('(%s)', CASE rest WHEN 'shared' THEN component ELSE rest END), 0
    FROM part WHERE rest IS NOT NULL
    ON CONFLICT DO NOTHING;

    CREATE TEMPORARY TABLE wanted_line ON COMMIT DROP AS
    SELECT row_number() OVER () AS line_id, w.*
    FROM (SELECT p.hub_id, p.day, p.month, coalesce(p.workload_group_id, g.workload_group_id) AS workload_group_id,
                 coalesce(p.class_id, (SELECT class_id FROM usage.resource_class WHERE name = '')) AS class_id,
                 p.component || coalesce(nullif(' ' || p.rest, ' shared'), '') AS resource, p.component, p.rest,
                 sum(p.billable) AS billable, min(p.first_slot) AS first_slot, max(p.last_slot) AS last_slot,
                 sum(p.units) AS units
          FROM part AS p
          LEFT JOIN charge.workload_group AS g
                 ON p.rest IS NOT NULL
                AND (g.hub_id, g.username, g.server_name, g.tag, g.kind)
                    = (p.hub_id, '', '', format('(%s)', CASE p.rest WHEN 'shared' THEN p.component ELSE p.rest END), 0)
          GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) AS w;
    ANALYZE wanted_line;

    CREATE TEMPORARY TABLE target_line ON COMMIT DROP AS
    SELECT line_id AS line_no, NULL::bigint AS line_id, hub_id, day, workload_group_id, class_id, resource,
           s.institution_id AS provider_id, NULL::integer AS price_id, 'actual' AS basis,
           of_statement AS statement_id, month, NULL::date AS period, NULL::numeric AS rate, s.currency,
           0::numeric AS used, 0::numeric AS reserved, billable, units * 0.000000001 AS amount, first_slot, last_slot
    FROM wanted_line;
    CREATE TEMPORARY TABLE target_share ON COMMIT DROP AS
    SELECT line_id AS line_no, sequence, institution_id, unit_id, person_id, group_id, rule, reason, month,
           NULL::date AS period, weight_ppm, 0::numeric AS used, 0::numeric AS reserved, billable,
           units * 0.000000001 AS amount, first_slot, last_slot
    FROM charge.bill_shares(of_statement);

    PERFORM charge.ensure_month(m.month)
    FROM (SELECT month FROM target_line UNION SELECT month FROM target_share) AS m;
    RETURN QUERY
    SELECT * FROM charge.write_target(ARRAY(SELECT line_id FROM charge.line WHERE statement_id = of_statement));
    UPDATE bill.statement
    SET distributed_revision_id = revision_id, distributed_at = now(), is_dirty = false
    WHERE statement_id = of_statement;
END
$$;
COMMENT ON FUNCTION charge.distribute(integer) IS 'Bring the charges of a statement up to date with its bill, the rules, usage and who pays; returns how many lines were added, changed, removed and left alone. Belongs to the current run (charge.begin_run); call it in a transaction that holds LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE';

GRANT EXECUTE ON FUNCTION charge.distribute(integer) TO hm_rater;

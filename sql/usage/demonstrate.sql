-- What the aggregator does in a flush (aggregator/store/sql), for a demonstration, which has no collectors: names that
-- are new, slots that are added to what is there, and nodes whose usage is that of their workloads and the system's.
CREATE FUNCTION usage.demonstrate() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    slots bigint;
BEGIN
    IF NOT usage.is_demonstration() OR EXISTS (SELECT FROM demo_slot WHERE hub !~ '^demo-')
       OR EXISTS (SELECT FROM demo_node WHERE hub !~ '^demo-') THEN
        RAISE EXCEPTION 'usage that was never measured belongs in a demonstration'
              USING ERRCODE = 'restrict_violation',
                    HINT = 'All institutions and hubs have names that begin with demo- there.';
    END IF;
    PERFORM usage.ensure_month(m.month)
    FROM (SELECT DISTINCT date_trunc('month', slot_start, 'UTC') FROM demo_slot
          UNION
          SELECT generate_series(date_trunc('month', starts, 'UTC'), ends, interval '1 month') FROM demo_node)
        AS m (month);

    INSERT INTO usage.hub (name)
    SELECT hub FROM demo_slot UNION SELECT hub FROM demo_node EXCEPT SELECT name FROM usage.hub
    ORDER BY 1;
    INSERT INTO usage.resource_class (name)
    SELECT class FROM demo_slot UNION SELECT class FROM demo_node EXCEPT SELECT name FROM usage.resource_class
    ORDER BY 1;
    INSERT INTO usage.node (hub_id, name, last_window_end, last_observed)
    SELECT h.hub_id, s.node, max(s.ends), max(s.observed)
    FROM (SELECT hub, node, slot_start + usage.slot_length() AS ends, NULL::timestamptz AS observed FROM demo_slot
          UNION ALL
          SELECT hub, node, ends, ends FROM demo_node) AS s
    JOIN usage.hub AS h ON h.name = s.hub
    GROUP BY h.hub_id, s.node
    ORDER BY 1, 2
    ON CONFLICT (hub_id, name) DO UPDATE SET
        last_window_end = greatest(usage.node.last_window_end, excluded.last_window_end),
        last_observed = greatest(usage.node.last_observed, excluded.last_observed);

    -- The system has a fiftieth of what there is.
    INSERT INTO usage.node_slot
    SELECT g.slot, n.node_id, c.class_id, 900000, d.cores * 900000000, d.cores * 18000000, d.cores * 18000000,
           d.memory_mib * 900, d.memory_mib * 18, d.memory_mib * 18, d.gpus * 900000, 0, 0
    FROM demo_node AS d
    JOIN usage.hub AS h ON h.name = d.hub
    JOIN usage.node AS n ON n.hub_id = h.hub_id AND n.name = d.node
    JOIN usage.resource_class AS c ON c.name = d.class
    CROSS JOIN generate_series(d.starts, d.ends - usage.slot_length(), usage.slot_length()) AS g (slot)
    ORDER BY 1, 2, 3;

    INSERT INTO usage.workload (node_id, kind, external_id, username, server_name, tag, first_slot)
    SELECT n.node_id, s.kind, s.workload, min(s.username), min(s.server), min(s.tag), min(s.slot_start)
    FROM demo_slot AS s
    JOIN usage.hub AS h ON h.name = s.hub
    JOIN usage.node AS n ON n.hub_id = h.hub_id AND n.name = s.node
    GROUP BY n.node_id, s.kind, s.workload
    ORDER BY 1, 2, 3
    ON CONFLICT (node_id, kind, external_id) DO UPDATE SET
        first_slot = least(usage.workload.first_slot, excluded.first_slot);

    CREATE TEMPORARY TABLE demo_known ON COMMIT DROP AS
    SELECT h.hub_id, n.node_id, w.workload_id, w.username, c.class_id, s.slot_start, s.cpu_used_usec,
           s.cpu_reserved_usec, s.cpu_billable_usec, s.memory_used_mib_sec, s.memory_reserved_mib_sec,
           s.memory_billable_mib_sec, s.gpu_used_msec, s.gpu_reserved_msec, s.gpu_billable_msec, s.storage_mib_sec,
           s.net_rx_bytes, s.net_tx_bytes, s.wall_msec
    FROM demo_slot AS s
    JOIN usage.hub AS h ON h.name = s.hub
    JOIN usage.node AS n ON n.hub_id = h.hub_id AND n.name = s.node
    JOIN usage.workload AS w ON (w.node_id, w.kind, w.external_id) = (n.node_id, s.kind, s.workload)
    JOIN usage.resource_class AS c ON c.name = s.class;

    INSERT INTO usage.slot AS t (
        hub_id, slot_start, workload_id, class_id, cpu_used_usec, cpu_reserved_usec, cpu_billable_usec,
        memory_used_mib_sec, memory_reserved_mib_sec, memory_billable_mib_sec, gpu_used_msec, gpu_reserved_msec,
        gpu_billable_msec, storage_mib_sec, net_rx_bytes, net_tx_bytes, wall_msec, flags)
    SELECT k.hub_id, k.slot_start, k.workload_id, k.class_id, sum(k.cpu_used_usec), sum(k.cpu_reserved_usec),
           sum(k.cpu_billable_usec), sum(k.memory_used_mib_sec), sum(k.memory_reserved_mib_sec),
           sum(k.memory_billable_mib_sec), sum(k.gpu_used_msec), sum(k.gpu_reserved_msec), sum(k.gpu_billable_msec),
           sum(k.storage_mib_sec), sum(k.net_rx_bytes), sum(k.net_tx_bytes), sum(k.wall_msec), 0
    FROM demo_known AS k
    GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (hub_id, slot_start, workload_id, class_id) DO UPDATE SET
        cpu_used_usec = t.cpu_used_usec + excluded.cpu_used_usec,
        cpu_reserved_usec = t.cpu_reserved_usec + excluded.cpu_reserved_usec,
        cpu_billable_usec = t.cpu_billable_usec + excluded.cpu_billable_usec,
        memory_used_mib_sec = t.memory_used_mib_sec + excluded.memory_used_mib_sec,
        memory_reserved_mib_sec = t.memory_reserved_mib_sec + excluded.memory_reserved_mib_sec,
        memory_billable_mib_sec = t.memory_billable_mib_sec + excluded.memory_billable_mib_sec,
        gpu_used_msec = t.gpu_used_msec + excluded.gpu_used_msec,
        gpu_reserved_msec = t.gpu_reserved_msec + excluded.gpu_reserved_msec,
        gpu_billable_msec = t.gpu_billable_msec + excluded.gpu_billable_msec,
        storage_mib_sec = t.storage_mib_sec + excluded.storage_mib_sec,
        net_rx_bytes = t.net_rx_bytes + excluded.net_rx_bytes,
        net_tx_bytes = t.net_tx_bytes + excluded.net_tx_bytes,
        wall_msec = t.wall_msec + excluded.wall_msec;
    GET DIAGNOSTICS slots = ROW_COUNT;

    UPDATE usage.node_slot AS t
    SET cpu_used_usec = t.cpu_used_usec + s.cpu, memory_used_mib_sec = t.memory_used_mib_sec + s.memory,
        gpu_used_msec = t.gpu_used_msec + s.gpu
    FROM (SELECT slot_start, node_id, class_id, sum(cpu_used_usec) AS cpu, sum(memory_used_mib_sec) AS memory,
                 sum(gpu_used_msec) AS gpu
          FROM demo_known GROUP BY 1, 2, 3) AS s
    WHERE (t.slot_start, t.node_id, t.class_id) = (s.slot_start, s.node_id, s.class_id);

    -- As mark_days.sql does: usage of few people marks them alone.
    WITH late AS (
        SELECT DISTINCT hub_id, (slot_start AT TIME ZONE 'UTC')::date AS day, username FROM demo_known
    ),
    few AS (
        SELECT hub_id, day FROM late GROUP BY hub_id, day HAVING count(*) <= 100
    )
    INSERT INTO ingest.dirty_day (hub_id, day, username)
    SELECT hub_id, day, username FROM late JOIN few USING (hub_id, day)
    UNION
    SELECT hub_id, day, NULL FROM late WHERE (hub_id, day) NOT IN (SELECT hub_id, day FROM few)
    ORDER BY 1, 2;
    RETURN slots;
END
$$;
COMMENT ON FUNCTION usage.demonstrate() IS 'For a demonstration only: add what the caller staged in pg_temp.demo_node (machines and when they were observed) and pg_temp.demo_slot (usage by slot) to usage, as the aggregator adds what was measured, and mark the days to be rated; returns how many slots. Refuses a database with institutions or hubs whose names do not begin with demo-';

GRANT EXECUTE ON FUNCTION usage.demonstrate() TO hm_aggregator;

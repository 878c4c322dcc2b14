-- First by workload, whose number is cheap to compare, then by the names of the workload group. Workloads
-- are of all days: those of this day are fetched one by one (OFFSET 0 keeps the planner from joining the
-- whole table), so that a day takes as long after a year as in the first week.
CREATE FUNCTION charge.pieces(of_hub integer, of_day date, usernames text[], by_slot boolean)
    RETURNS TABLE (starts timestamptz, username text, server_name text, tag text, kind smallint,
                   class_id integer, resource text, used numeric, reserved numeric, billable numeric,
                   first_slot timestamptz, last_slot timestamptz)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH slot_segment AS MATERIALIZED (
            SELECT t.slot_start, s.starts
            FROM charge.segments(of_hub, of_day) AS s
            CROSS JOIN generate_series(s.starts, s.ends - usage.slot_length(), usage.slot_length())
                       AS t (slot_start)
        ),
        by_workload AS (
            SELECT p.starts, s.workload_id, s.class_id,
                   min(s.slot_start) AS first_slot, max(s.slot_start) AS last_slot,
                   sum(s.cpu_used_usec) AS cpu_used,
                   sum(s.cpu_reserved_usec) AS cpu_reserved,
                   sum(s.cpu_billable_usec) AS cpu_billable,
                   sum(s.memory_used_mib_sec) AS memory_used,
                   sum(s.memory_reserved_mib_sec) AS memory_reserved,
                   sum(s.memory_billable_mib_sec) AS memory_billable,
                   sum(s.gpu_used_msec) AS gpu_used,
                   sum(s.gpu_reserved_msec) AS gpu_reserved,
                   sum(s.gpu_billable_msec) AS gpu_billable,
                   sum(s.storage_mib_sec) AS storage,
                   sum(s.net_rx_bytes) AS net_rx,
                   sum(s.net_tx_bytes) AS net_tx
            FROM usage.slot AS s
            JOIN slot_segment AS p USING (slot_start)
            WHERE s.hub_id = of_hub
              AND (usernames IS NULL OR s.workload_id IN (SELECT w.workload_id FROM usage.workload AS w
                                                          WHERE w.username = ANY (usernames)))
              AND s.slot_start >= of_day::timestamp AT TIME ZONE 'UTC'
              AND s.slot_start < (of_day + 1)::timestamp AT TIME ZONE 'UTC'
            GROUP BY p.starts, s.workload_id, s.class_id, CASE WHEN by_slot THEN s.slot_start END
        )
        SELECT u.starts, w.username, w.server_name, w.tag, w.kind, u.class_id, q.resource,
               sum(q.used), sum(q.reserved), sum(q.billable), min(u.first_slot), max(u.last_slot)
        FROM by_workload AS u
        CROSS JOIN LATERAL (SELECT * FROM usage.workload AS n WHERE n.workload_id = u.workload_id
                            OFFSET 0) AS w
        CROSS JOIN LATERAL usage.by_resource(
            u.cpu_used, u.cpu_reserved, u.cpu_billable,
            u.memory_used, u.memory_reserved, u.memory_billable,
            u.gpu_used, u.gpu_reserved, u.gpu_billable,
            u.storage, u.net_rx, u.net_tx) AS q
        GROUP BY u.starts, w.username, w.server_name, w.tag, w.kind, u.class_id, q.resource,
                 CASE WHEN by_slot THEN u.first_slot END;
    END;
COMMENT ON FUNCTION charge.pieces(integer, date, text[], boolean) IS 'Usage of a UTC day of a hub, of some user names (null: all), by segment (charge.segments) or by_slot, workload group (charge.workload_group), class and resource; quantities in the quantity unit of the resource';

GRANT EXECUTE ON FUNCTION charge.pieces(integer, date, text[], boolean) TO hm_rater;

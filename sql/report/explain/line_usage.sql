-- The slots of the line: of its workload group and class, on its day, at its price. Batches are added up
-- as they arrive, so what is left of them is the stream they came in and how far it is complete.
CREATE FUNCTION report.line_usage(of_line bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        WITH part AS MATERIALIZED ( -- of the day, in which the line's price was the price
            SELECT l.hub_id, l.day, l.class_id, l.resource, g.username, g.server_name, g.tag, g.kind, e.starts, e.ends
            FROM charge.line AS l
            JOIN charge.workload_group AS g USING (workload_group_id)
            JOIN charge.segments(l.hub_id, l.day) AS e ON e.provider_id = l.provider_id AND e.month = l.month
            LEFT JOIN charge.external_users(l.hub_id, l.day) AS x ON x.starts = e.starts AND x.username = g.username
            LEFT JOIN charge.tariff(l.hub_id, l.day) AS t
                   ON (t.starts, t.class_id, t.resource) = (e.starts, l.class_id, l.resource)
                  AND t.rate_class = coalesce(x.rate_class, 'internal')
            WHERE l.line_id = of_line AND t.price_id IS NOT DISTINCT FROM l.price_id
        )
        SELECT jsonb_agg(jsonb_build_object(
                   'slot', s.slot_start, 'node', n.name, 'workload', w.external_id,
                   'used', q.used, 'reserved', q.reserved, 'billable', q.billable, 'flags', s.flags)
               ORDER BY s.slot_start, n.name, w.external_id)
        FROM part AS p
        JOIN usage.node AS n ON n.hub_id = p.hub_id
        JOIN usage.workload AS w
          ON w.node_id = n.node_id AND w.username = p.username AND w.server_name = p.server_name AND w.tag = p.tag
         AND p.kind IN (w.kind, 0)
        -- By each of the 96 slots of a day: else each workload that ever was reads what everybody used on it.
        CROSS JOIN generate_series(0, 95) AS k
        JOIN usage.slot AS s
          ON s.hub_id = p.hub_id AND s.slot_start = p.day::timestamp AT TIME ZONE 'UTC' + k * usage.slot_length()
         AND s.workload_id = w.workload_id AND s.class_id = p.class_id
         AND s.slot_start >= p.starts AND s.slot_start < p.ends
        CROSS JOIN LATERAL usage.by_resource(
            s.cpu_used_usec, s.cpu_reserved_usec, s.cpu_billable_usec,
            s.memory_used_mib_sec, s.memory_reserved_mib_sec, s.memory_billable_mib_sec,
            s.gpu_used_msec, s.gpu_reserved_msec, s.gpu_billable_msec,
            s.storage_mib_sec, s.net_rx_bytes, s.net_tx_bytes) AS q
        WHERE q.resource = p.resource
    );
END
$$;
COMMENT ON FUNCTION report.line_usage(bigint) IS 'The usage that a charge line prices: a quarter of an hour (UTC) of a workload each, quantities in the quantity unit of the resource; flags: enum hm_flag';

GRANT EXECUTE ON FUNCTION report.line_usage(bigint) TO hm_owner; -- a part of report.explain_line()

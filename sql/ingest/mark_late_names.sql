-- Reads what the caller staged: pg_temp.stage_workload, whose node_number is the number of a row of
-- pg_temp.known_node (node_id, hub_id). Called before usage.workload takes the names over, after
-- usage.node knows up to when the nodes have usage.
CREATE FUNCTION ingest.mark_late_names() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO ingest.dirty_day (hub_id, day)
    SELECT DISTINCT k.hub_id, d.day::date
    FROM pg_temp.stage_workload AS s
    JOIN pg_temp.known_node AS k ON k.number = s.node_number
    JOIN usage.node AS n ON n.node_id = k.node_id
    JOIN usage.workload AS w
      ON w.node_id = k.node_id AND w.kind = s.kind AND w.external_id = s.external_id
    CROSS JOIN LATERAL generate_series(date_trunc('day', w.first_slot AT TIME ZONE 'UTC'),
                                       n.last_window_end AT TIME ZONE 'UTC',
                                       interval '1 day') AS d (day)
    WHERE (w.username = '' AND s.username <> '')
       OR (w.tag = '' AND s.tag <> '')
       OR (w.server_name = '' AND s.server_name <> '')
    ORDER BY 1, 2;
END
$$;
COMMENT ON FUNCTION ingest.mark_late_names() IS 'A workload that gets its user, server or tag late was charged without: have its days rated again, from its first usage on';

GRANT EXECUTE ON FUNCTION ingest.mark_late_names() TO hm_aggregator;

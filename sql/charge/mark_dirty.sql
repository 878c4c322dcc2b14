-- Days without usage are cheap to rate, so none is looked for: every day between the first and the
-- last usage of the hub is marked.
CREATE FUNCTION charge.mark_dirty(of_hub text, since timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    BEGIN ATOMIC
        INSERT INTO ingest.dirty_day (hub_id, day, run_id)
        SELECT h.hub_id, d.day::date, charge.current_run()
        FROM usage.hub AS h
        CROSS JOIN LATERAL (
            SELECT min(w.first_slot) AS first_usage, max(n.last_window_end) AS last_usage
            FROM usage.node AS n
            JOIN usage.workload AS w USING (node_id)
            WHERE n.hub_id = h.hub_id
        ) AS k
        CROSS JOIN LATERAL generate_series(
            date_trunc('day', greatest(k.first_usage, since) AT TIME ZONE 'UTC'),
            k.last_usage AT TIME ZONE 'UTC',
            interval '1 day') AS d (day)
        WHERE h.name = of_hub;
    END;
COMMENT ON FUNCTION charge.mark_dirty(text, timestamptz) IS 'Have every day of the hub with usage at or after the instant (null: ever) rated again, in the current run';

GRANT EXECUTE ON FUNCTION charge.mark_dirty(text, timestamptz) TO hm_rater;

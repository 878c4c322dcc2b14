-- Every day with usage has charges (charge.run_day) or waits for rating; one that is being rated now
-- is seen as either. Where more than a hundred people of a hub are concerned the whole hub is marked:
-- comparing everybody's charges costs less by then than telling people apart.
CREATE FUNCTION charge.mark_usage(hubs text[], usernames text[], during tstzmultirange[], why text)
    RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    run bigint := charge.current_run();
    hub_ids integer[];
    days date[];
    names text[];
BEGIN
    WITH asked AS (
        SELECT h.hub_id, a.username, range_agg(a.during) AS during
        FROM unnest(hubs, usernames, during) AS a (hub, username, during)
        JOIN usage.hub AS h ON h.name = a.hub
        WHERE a.username IS NULL
           OR EXISTS (SELECT FROM usage.workload AS w JOIN usage.node AS n USING (node_id)
                      WHERE w.username = a.username AND n.hub_id = h.hub_id)
        GROUP BY h.hub_id, a.username
    ),
    narrowed AS MATERIALIZED (
        SELECT a.hub_id, CASE WHEN c.people <= 100 THEN a.username END AS username,
               range_agg(a.during) AS during
        FROM asked AS a
        JOIN (SELECT hub_id, count(username) AS people FROM asked GROUP BY hub_id) AS c USING (hub_id)
        GROUP BY 1, 2
    ),
    hub_day AS MATERIALIZED (
        SELECT hub_id, day,
               tstzrange(day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC') AS during
        FROM (SELECT hub_id, day FROM charge.run_day
              UNION
              SELECT hub_id, day FROM ingest.dirty_day) AS d
        WHERE hub_id IN (SELECT hub_id FROM narrowed)
    ),
    mark AS (
        SELECT n.hub_id, d.day, n.username
        FROM narrowed AS n
        JOIN hub_day AS d ON d.hub_id = n.hub_id AND d.during && n.during
        WHERE n.username IS NULL
           OR EXISTS (SELECT FROM charge.workload_group AS g
                      JOIN charge.line AS l
                        ON l.hub_id = g.hub_id AND l.day = d.day
                       AND l.workload_group_id = g.workload_group_id
                       AND l.month BETWEEN date_trunc('month', d.day - interval '1 day')::date
                                       AND date_trunc('month', d.day + interval '1 day')::date
                      WHERE g.hub_id = n.hub_id AND g.username = n.username)
           OR EXISTS (SELECT FROM ingest.dirty_day AS w
                      WHERE w.hub_id = n.hub_id AND w.day = d.day
                        AND coalesce(w.username, n.username) = n.username)
        EXCEPT
        SELECT hub_id, day, username FROM ingest.dirty_day WHERE run_id = run
    )
    SELECT array_agg(hub_id), array_agg(day), array_agg(username) INTO hub_ids, days, names FROM mark;

    IF hub_ids IS NOT NULL THEN
        INSERT INTO ingest.dirty_day (hub_id, day, username, run_id)
        SELECT m.hub_id, m.day, m.username, r.run_id
        FROM unnest(hub_ids, days, names) AS m (hub_id, day, username)
        CROSS JOIN (SELECT coalesce(run, charge.begin_run('correction', why)) AS run_id OFFSET 0) AS r;
    END IF;
END
$$;
COMMENT ON FUNCTION charge.mark_usage(text[], text[], tstzmultirange[], text) IS 'Have the usage of user names (null: all) on hubs at those times rated again, in the current run or in one of its own that says why. Arrays run in parallel';

GRANT EXECUTE ON FUNCTION charge.mark_usage(text[], text[], tstzmultirange[], text) TO hm_rater;

-- Of the days of a part only the first with anything is looked into.
CREATE FUNCTION usage.first_observed(of_node integer, parts tstzmultirange) RETURNS TABLE (slot timestamptz)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT min(c.day::timestamp AT TIME ZONE 'UTC' + (k.position - 1) * usage.slot_length())
        FROM unnest(parts) AS p (part)
        CROSS JOIN LATERAL (
            SELECT c.day, c.observed_msec
            FROM usage.node_coverage AS c
            WHERE c.node_id = of_node
              AND c.day BETWEEN (lower(p.part) AT TIME ZONE 'UTC')::date AND (upper(p.part) AT TIME ZONE 'UTC')::date
              AND c.observed_msec[usage.position_in_day(upper(p.part), c.day)]
                  > c.observed_msec[usage.position_in_day(lower(p.part), c.day)]
            ORDER BY c.day
            LIMIT 1
        ) AS c
        CROSS JOIN LATERAL (
            SELECT min(n) AS position
            FROM generate_series(usage.position_in_day(lower(p.part), c.day), 96) AS n
            WHERE c.observed_msec[n + 1] > c.observed_msec[n]
        ) AS k;
    END;
COMMENT ON FUNCTION usage.first_observed(integer, tstzmultirange) IS 'The first slot in these parts of time in which anything was observed of the node; null: none. The parts have ends';

GRANT EXECUTE ON FUNCTION usage.first_observed(integer, tstzmultirange) TO hm_rater, hm_finance, hm_dashboard;

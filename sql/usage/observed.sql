CREATE FUNCTION usage.observed(of_node integer, parts tstzmultirange) RETURNS TABLE (msec numeric)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT coalesce(sum(c.msec), 0)
        FROM unnest(parts) AS p (part)
        CROSS JOIN LATERAL (
            SELECT sum(c.observed_msec[usage.position_in_day(upper(p.part), c.day)]
                       - c.observed_msec[usage.position_in_day(lower(p.part), c.day)]) AS msec
            FROM usage.node_coverage AS c
            WHERE c.node_id = of_node
              AND c.day BETWEEN (lower(p.part) AT TIME ZONE 'UTC')::date AND (upper(p.part) AT TIME ZONE 'UTC')::date
        ) AS c;
    END;
COMMENT ON FUNCTION usage.observed(integer, tstzmultirange) IS 'Milliseconds that were really observed of the node in the slots of these parts of time. The parts have ends';

GRANT EXECUTE ON FUNCTION usage.observed(integer, tstzmultirange) TO hm_rater, hm_finance, hm_dashboard;

-- A row lies within its batch's window, so the nodes' slots cover the workloads'. Usage of a day that was
-- rated before concerns few people mostly, and they are told apart: others need not be rated again.
WITH touched AS (
    SELECT DISTINCT n.hub_id, (s.slot_start AT TIME ZONE 'UTC')::date AS day
    FROM pg_temp.stage_node_slot AS s
    JOIN pg_temp.known_node AS n ON n.number = s.node_number
),
late AS (
    SELECT DISTINCT s.hub_id, (s.slot_start AT TIME ZONE 'UTC')::date AS day, w.username
    FROM pg_temp.stage_slot AS s
    JOIN usage.workload AS w ON w.workload_id = s.workload_id
    WHERE s.slot_start < (now() AT TIME ZONE 'UTC')::date - interval '1 day'
),
few AS (
    SELECT hub_id, day FROM late
    GROUP BY hub_id, day
    HAVING count(*) <= 100 AND min(username) <> ''
)
INSERT INTO ingest.dirty_day (hub_id, day, username)
SELECT hub_id, day, username FROM late JOIN few USING (hub_id, day)
UNION ALL
SELECT hub_id, day, NULL FROM touched WHERE (hub_id, day) NOT IN (SELECT hub_id, day FROM few)
ORDER BY 1, 2

-- The rows of each hub and table. CPU in core-microseconds, of what was used.
WITH side AS (
    SELECT table_name, hub, count(*) AS rows, sum(figures[1]) AS cpu_used_usec, 'live' AS of FROM replay.live GROUP BY 1, 2
    UNION ALL
    SELECT table_name, hub, count(*), sum(figures[1]), 'replay' FROM replay.again GROUP BY 1, 2
),
differing AS (
    SELECT table_name, hub, count(*) FILTER (WHERE replayed IS NULL) AS only_live,
           count(*) FILTER (WHERE live IS NULL) AS only_replay,
           count(*) FILTER (WHERE live IS NOT NULL AND replayed IS NOT NULL) AS other_figures
    FROM replay.difference
    GROUP BY 1, 2
)
SELECT s.hub, s.table_name AS "table", CASE WHEN d.hub IS NULL THEN 'equal' ELSE 'differs' END AS verdict,
       coalesce(sum(s.rows) FILTER (WHERE s.of = 'live'), 0) AS live,
       coalesce(sum(s.rows) FILTER (WHERE s.of = 'replay'), 0) AS replay,
       coalesce(d.only_live, 0) AS only_live, coalesce(d.only_replay, 0) AS only_replay,
       coalesce(d.other_figures, 0) AS other_figures,
       coalesce(sum(s.cpu_used_usec) FILTER (WHERE s.of = 'live'), 0) AS live_cpu_used_usec,
       coalesce(sum(s.cpu_used_usec) FILTER (WHERE s.of = 'replay'), 0) AS replay_cpu_used_usec,
       (SELECT string_agg(DISTINCT o.note, '; ') FROM replay.note AS o WHERE o.hub = s.hub) AS known
FROM side AS s
LEFT JOIN differing AS d USING (table_name, hub)
GROUP BY s.hub, s.table_name, d.hub, d.only_live, d.only_replay, d.other_figures
ORDER BY s.hub, s.table_name DESC

-- Nodes whose kernel counted something else in the last day than is attributed there, the worst first. Kernels that
-- account by ticks miss what comes and goes between two of them: measured on an idle and on a busy machine, that is 0.1
-- to 0.3 % of what the CPUs can do, whatever they do. So what is told is more than 0.5 % of that, and then more than 1 %
-- of what was used, and than a core-minute.
SELECT format('%s/%s measured %s, attributed %s core-seconds (%s%s %%)%s', hub, node, round(measured, 1),
              round(attributed, 1), CASE WHEN off > 0 THEN '+' ELSE '' END, round(100 * off / most, 1),
              CASE WHEN has_restarted THEN ', a counter started over' ELSE '' END)
FROM (
    SELECT h.name AS hub, n.name AS node, s.measured, s.attributed, s.measured - s.attributed AS off,
           greatest(s.measured, s.attributed) AS most, s.capacity, s.has_restarted
    FROM (SELECT node_id, sum(cpu_measured_usec) * 0.000001 AS measured, sum(cpu_used_usec) * 0.000001 AS attributed,
                 sum(cpu_capacity_usec) * 0.000001 AS capacity, bool_or(measured_flags & 64 <> 0) AS has_restarted
          FROM usage.node_slot
          WHERE slot_start > now() - interval '1 day' AND cpu_measured_usec IS NOT NULL
          GROUP BY node_id) AS s
    JOIN usage.node AS n USING (node_id)
    JOIN usage.hub AS h USING (hub_id)
) AS n
WHERE abs(off) > greatest(0.005 * capacity, 0.01 * most, 60)
ORDER BY abs(off) DESC, hub, node

-- A server-day is what one run of a server did in a UTC day, with its own highest quarter of an hour. A size would have
-- done if it held that peak on 95 of 100 server-days. Steps double from a quarter of a core and from 256 MiB.
CREATE VIEW report.sizing WITH (security_invoker = true, security_barrier = true) AS
WITH server_day AS (
    SELECT i.institution_id, i.code, i.currency, m.month, m.ends, h.hub_id, s.class_id, r.resource, s.workload_id,
           round(r.reserved / s.wall_msec, CASE r.resource WHEN 'cpu' THEN 2 ELSE 0 END) AS requested,
           r.reserved, r.used, s.wall_msec, r.peak
    FROM org.whole_institution AS i
    JOIN usage.hub AS h ON i.institution_id = 0
                        OR EXISTS (SELECT FROM org.hub_owner AS o
                                   WHERE o.hub = h.name AND o.institution_id = i.institution_id)
    CROSS JOIN LATERAL generate_series((SELECT min(month) FROM charge.unit_month) - interval '1 month',
                                       now() AT TIME ZONE i.time_zone, interval '1 month') AS g (local_start)
    CROSS JOIN LATERAL (
        SELECT g.local_start::date AS month, g.local_start AT TIME ZONE i.time_zone AS starts,
               (g.local_start + interval '1 month') AT TIME ZONE i.time_zone AS ends
    ) AS m
    CROSS JOIN LATERAL ( -- added up before it is taken apart: that is half of the rows, and they are short
        SELECT s.class_id, s.workload_id, sum(s.wall_msec) AS wall_msec,
               sum(s.cpu_used_usec) * 0.001 AS cpu_used, sum(s.cpu_reserved_usec) * 0.001 AS cpu_reserved,
               max(s.cpu_used_usec * 0.001 / s.wall_msec) AS cpu_peak,
               sum(s.memory_used_mib_sec) * 1000.0 AS memory_used,
               sum(s.memory_reserved_mib_sec) * 1000.0 AS memory_reserved,
               max(s.memory_used_mib_sec * 1000.0 / s.wall_msec) AS memory_peak
        FROM usage.slot AS s
        LEFT JOIN org.hub_owner AS o ON o.hub = h.name AND o.valid @> s.slot_start
        WHERE s.hub_id = h.hub_id AND s.slot_start >= m.starts AND s.slot_start < m.ends AND s.wall_msec > 0
          AND coalesce(o.institution_id, 0) = i.institution_id
        GROUP BY s.class_id, s.workload_id, (s.slot_start AT TIME ZONE 'UTC')::date
        HAVING sum(s.cpu_reserved_usec) > 0 OR sum(s.memory_reserved_mib_sec) > 0
    ) AS s
    CROSS JOIN LATERAL (VALUES ('cpu',    s.cpu_used,    s.cpu_reserved,    s.cpu_peak),
                               ('memory', s.memory_used, s.memory_reserved, s.memory_peak)
                       ) AS r (resource, used, reserved, peak)
    WHERE r.reserved > 0
),
sized AS (
    SELECT institution_id, code, currency, month, ends, hub_id, class_id, resource, requested,
           count(DISTINCT workload_id) AS servers,
           sum(wall_msec) / 3600000 AS server_hours, sum(used) AS used, sum(reserved) AS reserved,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY peak) AS held
    FROM server_day
    GROUP BY institution_id, code, currency, month, ends, hub_id, class_id, resource, requested
)
SELECT s.code                            AS institution,
       s.month,
       h.name                            AS hub,
       c.name                            AS class,
       s.resource,
       s.requested,
       CASE s.resource WHEN 'cpu' THEN 'cores' ELSE 'MiB' END AS requested_unit,
       s.servers,
       round(s.server_hours, 3)          AS server_hours,
       round(100 * s.used / s.reserved, 2) AS used_percent,
       k.recommended,
       round((s.requested - k.recommended) * s.server_hours * p.rate
             / CASE s.resource WHEN 'cpu' THEN 1 ELSE 1024 END, 9) AS saving,
       s.currency
FROM sized AS s
JOIN usage.hub AS h USING (hub_id)
JOIN usage.resource_class AS c USING (class_id)
CROSS JOIN LATERAL (
    SELECT coalesce(min(l.step), s.requested) AS recommended
    FROM (SELECT CASE s.resource WHEN 'cpu' THEN 0.25 ELSE 256 END * (1::bigint << n) AS step
          FROM generate_series(0, 20) AS n) AS l
    WHERE l.step >= s.held AND l.step <= s.requested
) AS k
LEFT JOIN LATERAL (
    SELECT b.rate
    FROM price.book AS b
    WHERE b.institution_id = s.institution_id AND b.resource = s.resource AND b.rate_class = 'internal'
      AND (b.class = c.name OR b.class IS NULL) AND b.valid @> s.ends - usage.slot_length()
    ORDER BY b.class NULLS LAST LIMIT 1
) AS p ON true;

COMMENT ON VIEW report.sizing IS 'What servers had requested in a month, how much of it they used, and the size that would have done. One row per hub, class, resource and requested size; servers that request nothing have none';
COMMENT ON COLUMN report.sizing.institution IS 'Code of the institution that owned the hub then; (unowned): nobody';
COMMENT ON COLUMN report.sizing.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.sizing.hub IS 'Hub of the servers';
COMMENT ON COLUMN report.sizing.class IS 'Class of machine; empty if the node has none';
COMMENT ON COLUMN report.sizing.resource IS 'cpu or memory';
COMMENT ON COLUMN report.sizing.requested IS 'Requested or guaranteed by a server on the average of a UTC day, in the unit of the row: cores to hundredths, or MiB';
COMMENT ON COLUMN report.sizing.requested_unit IS 'Unit of requested and recommended: cores or MiB';
COMMENT ON COLUMN report.sizing.servers IS 'How many runs of servers';
COMMENT ON COLUMN report.sizing.server_hours IS 'Hours that they existed together, to thousandths';
COMMENT ON COLUMN report.sizing.used_percent IS 'Used as a percentage of what was requested, two digits; above 100: more than was requested';
COMMENT ON COLUMN report.sizing.recommended IS 'Smallest step of 0.25, 0.5, 1, 2, ... cores or 256, 512, 1024, ... MiB that held the highest quarter of an hour of 95 % of their days; as requested, where no smaller one did';
COMMENT ON COLUMN report.sizing.saving IS 'What requested less recommended costs in those hours at the internal rate at the end of the month, to nano-units: at most that, because use above it is charged all the same; null: no price';
COMMENT ON COLUMN report.sizing.currency IS 'ISO 4217 code of the saving';

GRANT SELECT ON report.sizing TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (hub_id, slot_start, workload_id, class_id, cpu_used_usec, cpu_reserved_usec, memory_used_mib_sec,
              memory_reserved_mib_sec, wall_msec) ON usage.slot TO hm_finance;
GRANT SELECT (month) ON charge.unit_month TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (class_id, name) ON usage.resource_class TO hm_finance;
GRANT SELECT (hub, institution_id, valid) ON org.hub_owner TO hm_finance;
GRANT SELECT (institution_id, resource, class, rate, rate_class, valid) ON price.book TO hm_finance;
GRANT SELECT (institution_id, code, time_zone, currency) ON org.institution TO hm_finance;

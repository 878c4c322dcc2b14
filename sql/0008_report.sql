SET LOCAL ROLE hm_owner;

-- Every view runs with the rights of whoever asks (security_invoker), so that row-level security on
-- the tables beneath holds for reports as well. Who reads reports is therefore granted the columns
-- they are made of, but not USAGE on the schemas these are in: PostgreSQL wants that to look up a
-- name, which a view did when it was made. So finance reads the tables through these views only.

-- ------------------------------------------------------------------------------------------------
-- What it cost
-- ------------------------------------------------------------------------------------------------

CREATE VIEW report.department_cost WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       l.month,
       coalesce(u.code, '(suspense)')    AS department,
       l.resource,
       sum(l.used) * r.shown_factor      AS used,
       sum(l.reserved) * r.shown_factor  AS reserved,
       sum(l.billable) * r.shown_factor  AS billable,
       r.shown_unit                      AS unit,
       sum(l.amount)                     AS amount,
       l.currency
FROM charge.line AS l
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u USING (unit_id)
JOIN price.resource AS r ON r.code = l.resource
GROUP BY i.code, l.month, u.code, l.resource, r.shown_factor, r.shown_unit, l.currency;

COMMENT ON VIEW report.department_cost IS 'What each department used in a month and what it cost. One row per department, resource and currency; adds up to the charge lines exactly';
COMMENT ON COLUMN report.department_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.department_cost.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.department_cost.department IS 'Code of the department; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.department_cost.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.department_cost.used IS 'Consumed, in the unit of the row; exact';
COMMENT ON COLUMN report.department_cost.reserved IS 'Requested or guaranteed, in the unit of the row; exact';
COMMENT ON COLUMN report.department_cost.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.department_cost.unit IS 'Unit of used, reserved and billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.department_cost.amount IS 'Cost in the currency of the row, to nano-units; usage without a price costs 0, see report.unpriced_usage';
COMMENT ON COLUMN report.department_cost.currency IS 'ISO 4217 code of the amount: the currency of the owner of the hubs';

CREATE VIEW report.user_cost WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       l.month,
       p.code                            AS person,
       l.username,
       h.name                            AS hub,
       coalesce(u.code, '(suspense)')    AS department,
       l.resource,
       sum(l.used) * r.shown_factor      AS used,
       sum(l.reserved) * r.shown_factor  AS reserved,
       sum(l.billable) * r.shown_factor  AS billable,
       r.shown_unit                      AS unit,
       sum(l.amount)                     AS amount,
       l.currency
FROM charge.line AS l
JOIN org.institution AS i USING (institution_id)
JOIN usage.hub AS h USING (hub_id)
LEFT JOIN org.person AS p USING (person_id)
LEFT JOIN org.unit AS u USING (unit_id)
JOIN price.resource AS r ON r.code = l.resource
GROUP BY i.code, l.month, p.code, l.username, h.name, u.code, l.resource, r.shown_factor,
         r.shown_unit, l.currency;

COMMENT ON VIEW report.user_cost IS 'What each person used in a month and what it cost. One row per person, user name on a hub, department, resource and currency; adds up to report.department_cost exactly';
COMMENT ON COLUMN report.user_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.user_cost.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.user_cost.person IS 'Opaque key of the person; null if the user name is nobody''s yet';
COMMENT ON COLUMN report.user_cost.username IS 'What the hub calls the person; empty if it is not known yet';
COMMENT ON COLUMN report.user_cost.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.user_cost.department IS 'Code of the department that pays; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.user_cost.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.user_cost.used IS 'Consumed, in the unit of the row; exact';
COMMENT ON COLUMN report.user_cost.reserved IS 'Requested or guaranteed, in the unit of the row; exact';
COMMENT ON COLUMN report.user_cost.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.user_cost.unit IS 'Unit of used, reserved and billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.user_cost.amount IS 'Cost in the currency of the row, to nano-units';
COMMENT ON COLUMN report.user_cost.currency IS 'ISO 4217 code of the amount: the currency of the owner of the hubs';

-- ------------------------------------------------------------------------------------------------
-- What waits for somebody
-- ------------------------------------------------------------------------------------------------

CREATE VIEW report.suspense WITH (security_invoker = true) AS
SELECT i.code                            AS institution,
       l.month,
       h.name                            AS hub,
       l.username,
       p.code                            AS person,
       l.reason,
       l.resource,
       sum(l.used) * r.shown_factor      AS used,
       sum(l.reserved) * r.shown_factor  AS reserved,
       sum(l.billable) * r.shown_factor  AS billable,
       r.shown_unit                      AS unit,
       sum(l.amount)                     AS amount,
       l.currency,
       min(l.first_slot)                 AS first_slot,
       max(l.last_slot)                  AS last_slot
FROM charge.line AS l
JOIN org.institution AS i USING (institution_id)
JOIN usage.hub AS h USING (hub_id)
LEFT JOIN org.person AS p USING (person_id)
JOIN price.resource AS r ON r.code = l.resource
WHERE l.rule = 'suspense'
GROUP BY i.code, l.month, h.name, l.username, p.code, l.reason, l.resource, r.shown_factor,
         r.shown_unit, l.currency;

COMMENT ON VIEW report.suspense IS 'Usage no department pays for yet, and why. Import the missing alias or membership and rate again: it moves to the department';
COMMENT ON COLUMN report.suspense.institution IS 'Code of the institution that owns the hub; (unowned): declare the owner with hubmeter import org';
COMMENT ON COLUMN report.suspense.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.suspense.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.suspense.username IS 'What the hub calls the person; empty if it is not known yet';
COMMENT ON COLUMN report.suspense.person IS 'Opaque key of the person; null if the user name is nobody''s yet';
COMMENT ON COLUMN report.suspense.reason IS 'no user yet: the hub has not named the user; no alias: the user name is nobody''s; no membership: the person had no home department then';
COMMENT ON COLUMN report.suspense.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.suspense.used IS 'Consumed, in the unit of the row; exact';
COMMENT ON COLUMN report.suspense.reserved IS 'Requested or guaranteed, in the unit of the row; exact';
COMMENT ON COLUMN report.suspense.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.suspense.unit IS 'Unit of used, reserved and billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.suspense.amount IS 'Cost in the currency of the row, to nano-units';
COMMENT ON COLUMN report.suspense.currency IS 'ISO 4217 code of the amount';
COMMENT ON COLUMN report.suspense.first_slot IS 'Start of the first slot it was used in (UTC)';
COMMENT ON COLUMN report.suspense.last_slot IS 'Start of the last slot it was used in (UTC)';

CREATE VIEW report.unpriced_usage WITH (security_invoker = true) AS
SELECT o.code                            AS institution,
       l.month,
       h.name                            AS hub,
       c.name                            AS class,
       l.resource,
       sum(l.billable) * r.shown_factor  AS billable,
       r.shown_unit                      AS unit,
       min(l.first_slot)                 AS first_slot,
       max(l.last_slot)                  AS last_slot
FROM charge.line AS l
JOIN org.institution AS o ON o.institution_id = l.provider_id
JOIN usage.hub AS h USING (hub_id)
JOIN usage.resource_class AS c USING (class_id)
JOIN price.resource AS r ON r.code = l.resource
WHERE l.price_id IS NULL
GROUP BY o.code, l.month, h.name, c.name, l.resource, r.shown_factor, r.shown_unit;

COMMENT ON VIEW report.unpriced_usage IS 'Usage that costs nothing only because the price book has no row for it';
COMMENT ON COLUMN report.unpriced_usage.institution IS 'Code of the institution that owns the hub and whose price book lacks the row';
COMMENT ON COLUMN report.unpriced_usage.month IS 'First day of the month, in the calendar of the institution charged';
COMMENT ON COLUMN report.unpriced_usage.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.unpriced_usage.class IS 'Class of machine; empty if the node has none';
COMMENT ON COLUMN report.unpriced_usage.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.unpriced_usage.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.unpriced_usage.unit IS 'Unit of billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.unpriced_usage.first_slot IS 'Start of the first slot it was used in (UTC)';
COMMENT ON COLUMN report.unpriced_usage.last_slot IS 'Start of the last slot it was used in (UTC)';

-- ------------------------------------------------------------------------------------------------
-- Proof that nothing is lost or invented: both differences are 0
-- ------------------------------------------------------------------------------------------------

-- The two sides come from different tables: what the nodes said of themselves, and what was booked
-- for people. One side missing is a difference as well, hence a sum and not a join.
CREATE VIEW report.node_conservation WITH (security_invoker = true) AS
WITH figure (node_id, slot_start, resource, total, people, system, coverage_msec) AS (
    SELECT s.node_id, s.slot_start, q.resource, q.total, 0, q.system, s.coverage_msec
    FROM usage.node_slot AS s
    CROSS JOIN LATERAL (
        VALUES ('cpu',    s.cpu_used_usec,       s.cpu_system_usec),
               ('memory', s.memory_used_mib_sec, s.memory_system_mib_sec),
               ('gpu',    s.gpu_used_msec,       s.gpu_system_msec)
    ) AS q (resource, total, system)
    UNION ALL
    SELECT s.node_id, s.slot_start, q.resource, 0, q.people, 0, 0
    FROM (
        SELECT w.node_id, s.slot_start,
               sum(s.cpu_used_usec)       AS cpu,
               sum(s.memory_used_mib_sec) AS memory,
               sum(s.gpu_used_msec)       AS gpu
        FROM usage.slot AS s
        JOIN usage.workload AS w USING (workload_id)
        GROUP BY w.node_id, s.slot_start
    ) AS s
    CROSS JOIN LATERAL (
        VALUES ('cpu', s.cpu), ('memory', s.memory), ('gpu', s.gpu)
    ) AS q (resource, people)
)
SELECT h.name                                                             AS hub,
       n.name                                                             AS node,
       date_trunc('month', f.slot_start AT TIME ZONE coalesce(i.time_zone, 'UTC'))::date AS month,
       f.resource,
       sum(f.total) * r.shown_factor                                      AS total,
       sum(f.people) * r.shown_factor                                     AS people,
       sum(f.system) * r.shown_factor                                     AS system,
       (sum(f.total) - sum(f.people) - sum(f.system)) * r.shown_factor    AS difference,
       r.shown_unit                                                       AS unit,
       sum(f.coverage_msec) * 0.001                                       AS coverage
FROM figure AS f
JOIN usage.node AS n USING (node_id)
JOIN usage.hub AS h USING (hub_id)
LEFT JOIN org.hub_owner AS o ON o.hub = h.name AND o.valid @> f.slot_start
LEFT JOIN org.institution AS i USING (institution_id)
JOIN price.resource AS r ON r.code = f.resource
GROUP BY 1, 2, 3, f.resource, r.shown_factor, r.shown_unit;

COMMENT ON VIEW report.node_conservation IS 'Reconciliation of every node: total = people + system. Total and system are the node''s own figures, people is summed from what was booked for workloads';
COMMENT ON COLUMN report.node_conservation.hub IS 'Hub the node belongs to';
COMMENT ON COLUMN report.node_conservation.node IS 'The machine';
COMMENT ON COLUMN report.node_conservation.month IS 'First day of the month, in the calendar of the owner of the hub (UTC without one)';
COMMENT ON COLUMN report.node_conservation.resource IS 'cpu, memory or gpu';
COMMENT ON COLUMN report.node_conservation.total IS 'Used on the whole node, in the unit of the row; exact';
COMMENT ON COLUMN report.node_conservation.people IS 'Used by workloads, in the unit of the row; exact';
COMMENT ON COLUMN report.node_conservation.system IS 'Used by what no workload explains, in the unit of the row; exact';
COMMENT ON COLUMN report.node_conservation.difference IS 'total - people - system, in the unit of the row: 0, else usage was lost or invented';
COMMENT ON COLUMN report.node_conservation.unit IS 'Unit of the figures: core-seconds, MiB-seconds or GPU-seconds';
COMMENT ON COLUMN report.node_conservation.coverage IS 'Time that was really observed, in seconds';

CREATE VIEW report.rating_conservation WITH (security_invoker = true) AS
WITH figure (hub_id, day, resource, metered, charged, used, reserved, billable) AS (
    SELECT s.hub_id, s.day, q.resource, q.billable, 0, q.used, q.reserved, q.billable
    FROM (
        SELECT n.hub_id,
               (s.slot_start AT TIME ZONE 'UTC')::date AS day,
               sum(s.cpu_used_usec)                    AS cpu_used,
               sum(s.cpu_reserved_usec)                AS cpu_reserved,
               sum(s.cpu_billable_usec)                AS cpu_billable,
               sum(s.memory_used_mib_sec)              AS memory_used,
               sum(s.memory_reserved_mib_sec)          AS memory_reserved,
               sum(s.memory_billable_mib_sec)          AS memory_billable,
               sum(s.gpu_used_msec)                    AS gpu_used,
               sum(s.gpu_reserved_msec)                AS gpu_reserved,
               sum(s.gpu_billable_msec)                AS gpu_billable,
               sum(s.storage_mib_sec)                  AS storage,
               sum(s.net_rx_bytes)                     AS net_rx,
               sum(s.net_tx_bytes)                     AS net_tx
        FROM usage.slot AS s
        JOIN usage.workload AS w USING (workload_id)
        JOIN usage.node AS n USING (node_id)
        GROUP BY n.hub_id, (s.slot_start AT TIME ZONE 'UTC')::date
    ) AS s
    CROSS JOIN LATERAL (
        VALUES ('cpu',     s.cpu_used,    s.cpu_reserved,    s.cpu_billable),
               ('memory',  s.memory_used, s.memory_reserved, s.memory_billable),
               ('gpu',     s.gpu_used,    s.gpu_reserved,    s.gpu_billable),
               ('storage', s.storage,     0,                 s.storage),
               ('net_rx',  s.net_rx,      0,                 s.net_rx),
               ('net_tx',  s.net_tx,      0,                 s.net_tx)
    ) AS q (resource, used, reserved, billable)
    UNION ALL
    SELECT l.hub_id, l.day, l.resource, 0, l.billable, -l.used, -l.reserved, -l.billable
    FROM charge.line AS l
)
SELECT h.name                                                            AS hub,
       f.day,
       f.resource,
       sum(f.metered) * r.shown_factor                                   AS metered,
       sum(f.charged) * r.shown_factor                                   AS charged,
       greatest(abs(sum(f.used)), abs(sum(f.reserved)), abs(sum(f.billable))) * r.shown_factor
                                                                         AS difference,
       r.shown_unit                                                      AS unit,
       EXISTS (SELECT FROM ingest.dirty_day AS d WHERE d.hub_id = f.hub_id AND d.day = f.day)
                                                                         AS waits
FROM figure AS f
JOIN usage.hub AS h USING (hub_id)
JOIN price.resource AS r ON r.code = f.resource
GROUP BY f.hub_id, h.name, f.day, f.resource, r.shown_factor, r.shown_unit;

COMMENT ON VIEW report.rating_conservation IS 'Reconciliation of rating: what was metered on a hub-day is what is charged, priced or not. Difference 0 once the day is rated';
COMMENT ON COLUMN report.rating_conservation.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.rating_conservation.day IS 'UTC day';
COMMENT ON COLUMN report.rating_conservation.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.rating_conservation.metered IS 'Billable usage of all workloads, in the unit of the row; exact';
COMMENT ON COLUMN report.rating_conservation.charged IS 'Billable usage of all charge lines, in the unit of the row; exact';
COMMENT ON COLUMN report.rating_conservation.difference IS 'Greatest difference among used, reserved and billable, in the unit of the row: 0, or the day waits';
COMMENT ON COLUMN report.rating_conservation.unit IS 'Unit of the figures: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.rating_conservation.waits IS 'Does the day wait to be rated (hubmeter rate)?';

-- ------------------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA report TO hm_finance, hm_rater;
GRANT SELECT ON ALL TABLES IN SCHEMA report TO hm_finance, hm_rater;

-- What the views read, and no more; no USAGE on the schemas (see above).
GRANT SELECT (hub_id, day, institution_id, month, unit_id, person_id, username, class_id, resource,
              used, reserved, billable, provider_id, price_id, amount, currency, rule, reason,
              first_slot, last_slot) ON charge.line TO hm_finance;
GRANT SELECT (institution_id, code, time_zone)         ON org.institution      TO hm_finance;
GRANT SELECT (unit_id, code)                           ON org.unit             TO hm_finance;
GRANT SELECT (person_id, code)                         ON org.person           TO hm_finance;
GRANT SELECT (hub, institution_id, valid)              ON org.hub_owner        TO hm_finance;
GRANT SELECT (code, shown_unit, shown_factor)          ON price.resource       TO hm_finance;
GRANT SELECT (hub_id, day)                             ON ingest.dirty_day     TO hm_finance;
GRANT SELECT (hub_id, name)                            ON usage.hub            TO hm_finance;
GRANT SELECT (class_id, name)                          ON usage.resource_class TO hm_finance;
GRANT SELECT (node_id, hub_id, name)                   ON usage.node           TO hm_finance;
GRANT SELECT (workload_id, node_id)                    ON usage.workload       TO hm_finance;
GRANT SELECT (workload_id, slot_start,
              cpu_used_usec, cpu_reserved_usec, cpu_billable_usec,
              memory_used_mib_sec, memory_reserved_mib_sec, memory_billable_mib_sec,
              gpu_used_msec, gpu_reserved_msec, gpu_billable_msec,
              storage_mib_sec, net_rx_bytes, net_tx_bytes) ON usage.slot TO hm_finance;
GRANT SELECT (node_id, slot_start, coverage_msec,
              cpu_used_usec, cpu_system_usec,
              memory_used_mib_sec, memory_system_mib_sec,
              gpu_used_msec, gpu_system_msec) ON usage.node_slot TO hm_finance;

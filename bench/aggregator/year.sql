-- Slots of :users users in every quarter of an hour from :'first' up to now, a workload a day each, added to what is
-- there: what a year leaves behind. psql -v users=1000 -v first=2025-09-01
SET ROLE hm_owner;
SET synchronous_commit = off;

INSERT INTO usage.hub (name) VALUES ('year');
INSERT INTO usage.node (hub_id, name, last_window_end, last_observed)
SELECT hub_id, 'node', now(), now() FROM usage.hub WHERE name = 'year';
INSERT INTO usage.resource_class (name) VALUES ('standard') ON CONFLICT DO NOTHING;
SELECT usage.ensure_month(d) FROM generate_series(:'first'::timestamptz, now() + interval '1 month', '1 month') AS d
\g /dev/null
INSERT INTO usage.workload (node_id, kind, external_id, username, first_slot)
SELECT n.node_id, 3, format('%s/%s', u, d::date), 'user-' || u, d
FROM usage.node AS n
JOIN usage.hub AS h USING (hub_id), generate_series(:'first'::timestamptz, now(), '1 day') AS d,
generate_series(1, :users) AS u
WHERE h.name = 'year';
INSERT INTO usage.slot (
    hub_id, slot_start, workload_id, class_id, cpu_used_usec, cpu_reserved_usec, cpu_billable_usec,
    memory_used_mib_sec, memory_reserved_mib_sec, memory_billable_mib_sec, gpu_used_msec, gpu_reserved_msec,
    gpu_billable_msec, storage_mib_sec, net_rx_bytes, net_tx_bytes, wall_msec, flags)
SELECT n.hub_id, q, w.workload_id, c.class_id, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 900000, 0
FROM usage.node AS n
JOIN usage.hub AS h USING (hub_id)
JOIN usage.resource_class AS c ON c.name = 'standard',
generate_series(:'first'::timestamptz, now() - interval '15 minutes', '15 minutes') AS q
JOIN usage.workload AS w ON w.first_slot = date_trunc('day', q)
WHERE h.name = 'year' AND w.node_id = n.node_id;

"""A small university: what the tests import, and usage of three people on one node."""

ORG = """institution,time_zone,currency,unit,parent,name,hub
uni,Europe/Berlin,EUR,,,University,
uni,,,physics,,Physics,
uni,,,biology,,Biology,
uni,,,,,,hub-a
"""
PEOPLE = """person,name,hub,username
p1,Ada Byron,hub-a,ada
p2,"Lindqvist, Zoë",hub-a,zoë
p3,Ben Okafor,,
"""
MEMBERSHIPS = """person,institution,unit,valid_from,valid_to,home
p1,uni,physics,2026-01-01,,yes
p2,uni,biology,2026-01-01,,yes
"""
PRICES = """institution,resource,class,rate,market_rate,valid_from,valid_to
uni,cpu,,0.0130000000001,0.04,2026-01-01,
uni,memory,,0.00175,,2026-01-01,
"""
USAGE = """
INSERT INTO usage.hub (name) VALUES ('hub-a');
INSERT INTO usage.node (hub_id, name, last_window_end, last_observed)
    SELECT hub_id, 'node1', '2026-10-05 10:15Z', '2026-10-05 10:15Z' FROM usage.hub;
INSERT INTO usage.workload (node_id, kind, external_id, username, first_slot)
    SELECT node_id, 1, u, u, '2026-10-05 10:00Z'
    FROM usage.node, unnest(ARRAY['ada', 'zoë', 'eve']) AS u;
INSERT INTO usage.resource_class (name) VALUES ('');
SELECT usage.ensure_month('2026-10-05Z');
INSERT INTO usage.slot (slot_start, workload_id, class_id, cpu_used_usec, cpu_reserved_usec,
        cpu_billable_usec, memory_used_mib_sec, memory_reserved_mib_sec, memory_billable_mib_sec,
        gpu_used_msec, gpu_reserved_msec, gpu_billable_msec, storage_mib_sec, net_rx_bytes,
        net_tx_bytes, wall_msec, flags, hub_id)
    SELECT '2026-10-05 10:00Z', workload_id, class_id, 3600000001, 0, 3600000001, 1024, 0, 1024,
           0, 0, 0, 0, 0, 0, 900000, 0, hub_id
    FROM usage.workload JOIN usage.node USING (node_id), usage.resource_class;
INSERT INTO usage.node_slot (slot_start, node_id, class_id, coverage_msec, cpu_capacity_usec,
        cpu_used_usec, cpu_system_usec, memory_capacity_mib_sec, memory_used_mib_sec,
        memory_system_mib_sec, gpu_capacity_msec, gpu_used_msec, gpu_system_msec)
    SELECT '2026-10-05 10:00Z', node_id, class_id, 900000, 14400000000, 10800000010, 7,
           9999999, 3079, 7, 0, 0, 0
    FROM usage.node, usage.resource_class;
INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-05' FROM usage.hub;
"""
FILES = {"org": ORG, "people": PEOPLE, "memberships": MEMBERSHIPS, "prices": PRICES}
# What `hubmeter rate` says of it.
RATED = ("rated 1 hub-day: lines 6 added, 0 changed, 0 removed, 0 unchanged\n"
         "uni 2026-10: +0.039001458 EUR\n")


def fill_university(hubmeter):
    for kind, text in FILES.items():
        hubmeter.ok("import", kind, hubmeter.write(kind + ".csv", text))
    hubmeter.sql(USAGE)

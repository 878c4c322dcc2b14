"""docs/finance.md: its files, its commands, and what they say."""
import os
import re
import subprocess

import pytest

from page import blocks, commands, matches
from project import program

FILES = {
    "org": "institution,time_zone,currency,unit,parent,name,hub\nnorthfield,America/New_York,USD,,,Northfield,\n"
           "northfield,,,physics,,Physics,\nnorthfield,,,,,,hub\n",
    "people": "person,name,hub,username\np1,Ann,hub,ann\n",
    "memberships": "person,institution,unit,valid_from,valid_to,home\np1,northfield,physics,2026-01-01,,yes\n",
    "prices": "institution,resource,class,rate,valid_from,valid_to\nnorthfield,cpu,,0.013,2026-01-01,\n"
              "northfield,gpu,,1.803,2026-01-01,\n",
    "chart-segments": "institution,position,segment,pattern,separator,optional\nnorthfield,1,fund,[0-9]{5},,no\n"
                      "northfield,2,org,[A-Z]{2}[0-9]{3},-,no\n",
    "funds": "institution,fund,name,kind,chart_string\nnorthfield,DEPT,Physics,operating,11301-PH100\n"
             "northfield,LASER,Laser centre,operating,11304-PH100\nnorthfield,GIFT,A gift,gift,11305-PH100\n",
    "plans": "institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver\n"
             "northfield,physics,2026-01-01,1,1,DEPT,600000,by use,ada,bob\n"
             "northfield,physics,2026-01-01,1,2,LASER,250000,,ada,bob\n"
             "northfield,physics,2026-01-01,1,3,GIFT,150000,,ada,bob\n",
    "assignments": "institution,plan,scope,code\nnorthfield,physics,unit,physics\n"}
# As the aggregator writes it: 37 hours of four cores, 12.5 of an A100; the node was silent for a quarter of an hour.
USAGE = """
INSERT INTO usage.hub (name) VALUES ('hub');
INSERT INTO usage.node (hub_id, name, last_window_end, last_observed)
    SELECT hub_id, 'node1', '2026-10-01 04:00Z', '2026-10-01 04:00Z' FROM usage.hub;
INSERT INTO usage.resource_class (name) VALUES ('');
INSERT INTO usage.workload (node_id, kind, external_id, username, first_slot)
    SELECT node_id, 1, 'ann', 'ann', '2026-09-14 12:00Z' FROM usage.node;
SELECT usage.ensure_month('2026-09-01Z'), usage.ensure_month('2026-10-01Z');
INSERT INTO usage.slot (slot_start, workload_id, class_id, cpu_used_usec, cpu_reserved_usec, cpu_billable_usec,
        memory_used_mib_sec, memory_reserved_mib_sec, memory_billable_mib_sec, gpu_used_msec, gpu_reserved_msec,
        gpu_billable_msec, storage_mib_sec, net_rx_bytes, net_tx_bytes, wall_msec, flags, hub_id)
    SELECT s, workload_id, class_id, 3600000000, 0, 3600000000, 0, 0, 0,
           CASE WHEN s < '2026-09-15 00:30Z' THEN 900000 ELSE 0 END, 0,
           CASE WHEN s < '2026-09-15 00:30Z' THEN 900000 ELSE 0 END, 0, 0, 0, 900000, 0, hub_id
    FROM usage.workload JOIN usage.node USING (node_id), usage.resource_class,
         generate_series('2026-09-14 12:00Z'::timestamptz, '2026-09-16 00:45Z', '15 min') AS s;
INSERT INTO usage.node_slot (slot_start, node_id, class_id, coverage_msec, cpu_capacity_usec, cpu_used_usec,
        cpu_system_usec, memory_capacity_mib_sec, memory_used_mib_sec, memory_system_mib_sec, gpu_capacity_msec,
        gpu_used_msec, gpu_system_msec)
    SELECT s, node_id, class_id, CASE WHEN s = '2026-09-20 03:00Z' THEN 1000 ELSE 900000 END, 14400000000, 0, 0, 1, 0,
           0, 0, 0, 0
    FROM usage.node, usage.resource_class,
         generate_series('2026-09-01 03:30Z'::timestamptz, '2026-10-01 03:45Z', '15 min') AS s;
INSERT INTO ingest.dirty_day (hub_id, day)
    SELECT hub_id, d::date FROM usage.hub, generate_series('2026-09-14'::timestamp, '2026-09-16', '1 day') AS d;
"""


@pytest.fixture
def september(hubmeter):
    for kind, text in FILES.items():
        hubmeter.ok("import", kind, hubmeter.write(kind + ".csv", text))
    hubmeter.sql(USAGE)
    hubmeter.ok("rate")
    hubmeter.sql("CREATE ROLE pia LOGIN IN ROLE hm_controller; CREATE ROLE cora LOGIN IN ROLE hm_controller")
    yield hubmeter
    hubmeter.sql("DROP ROLE pia, cora")


def test_the_walk(september):
    conninfo = september.conninfo.replace(" user=postgres", "")
    september.write("hubmeter.conf", f"postgres = {conninfo}\n")
    environment = {"PATH": os.path.dirname(program("hubmeter")) + ":" + os.environ["PATH"], "PGUSER": "postgres",
                   "HUBMETER_CONFIG": str(september.files / "hubmeter.conf")}
    run = 0
    for block in blocks("docs/finance.md"):
        if block["kind"] == "csv":
            september.write(block["name"], block["text"])
            continue
        for script, says in commands(block["text"]):
            done = subprocess.run(["sh", "-ec", script], cwd=september.files, env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            assert done.returncode == 0, done.stderr
            assert matches(done.stdout.rstrip("\n"), says.rstrip("\n")), f"$ {script}\n{done.stdout}"
            run += 1
    assert run > 10

"""hubmeter doctor: what is well, what is not, what was not looked at."""
import re
import subprocess

import pytest

from command import LAST, SQL
from project import program


def doctor(hubmeter, *arguments, **options):
    """Exit status and {check: (verdict, text)}."""
    done = hubmeter.run("doctor", "--sql-dir", SQL, *arguments, **options)
    checks = {line[5:].split()[0]: (line[:4].strip(), line[17:])
              for line in done.stdout.splitlines()}
    return done.returncode, checks


def test_broker_away(hubmeter, closed_port):
    address = f"127.0.0.1:{closed_port}"
    status, checks = doctor(hubmeter, f"--kafka.bootstrap.servers={address}")
    assert status == 1
    assert checks["broker"][0] == "FAIL"
    assert "Connection refused" in checks["broker"][1]
    assert "check --kafka.bootstrap.servers" in checks["broker"][1]
    assert set(checks) == {"broker", "database", "schema", "stopped", "waiting", "nodes", "quarantine",
                           "gaps", "measured", "aliases", "groups", "homes", "prices", "bills", "charts", "failed",
                           "rating", "funding", "closing"}
    assert checks["database"] == ("ok", "reached")
    assert checks["schema"] == ("ok", f"version {LAST}")
    assert checks["nodes"][0] == "WARN"
    assert checks["quarantine"] == ("ok", "empty")


def test_findings(loaded):
    loaded.sql("INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload)"
               " VALUES ('usage.hub-a.v1', 0, 1, 'malformed', '')")
    loaded.sql("INSERT INTO ingest.gap (topic, stream, first_sequence, last_sequence)"
               " VALUES ('usage.hub-a.v1', decode(repeat('00', 16), 'hex'), 3, 5)")
    loaded.sql("INSERT INTO ingest.partition (topic, partition, next_offset, stopped_reason)"
               " VALUES ('usage.hub-a.v1', 0, 1, 'retention overtook')")
    loaded.sql("UPDATE usage.node SET last_observed = now() - interval '10 minutes'")
    loaded.sql("INSERT INTO usage.node (hub_id, name, last_window_end)"
               " SELECT hub_id, 'cluster', now() - interval '1 year' FROM usage.hub")  # imported
    _, checks = doctor(loaded, user="hm_rater")
    assert checks["nodes"][0] == "WARN"
    assert "1 of 1 silent: hub-a/node1 since" in checks["nodes"][1]
    assert "1 message, newest: malformed in usage.hub-a.v1" in checks["quarantine"][1]
    assert "3 batches missing in 1 gap" in checks["gaps"][1]
    assert checks["stopped"][0] == "FAIL"
    assert "usage.hub-a.v1/0: retention overtook" in checks["stopped"][1]
    assert checks["rating"] == ("WARN", "1 hub-day waits, oldest 2026-10-05: run 'hubmeter rate'")
    loaded.ok("rate")
    _, checks = doctor(loaded, "--silent-after", "1h", user="hm_rater")
    assert checks["waiting"] == ("ok", "no partition")
    assert checks["aliases"] == (
        "WARN", "1 user name in suspense: nobody's: eve on hub-a: 'hubmeter import people', "
                "then 'hubmeter rate'")
    assert checks["groups"] == ("ok", "every tag names a group of the person, with a department")
    assert checks["homes"] == ("ok", "everybody in charges has a department")
    loaded.sql("UPDATE ingest.partition SET stopped_reason = NULL, waiting_reason = 'no leader'")
    _, checks = doctor(loaded, user="hm_rater")
    assert "usage.hub-a.v1/0: no leader" in checks["waiting"][1]
    assert checks["rating"] == ("ok", "charges are up to date")
    assert checks["failed"] == ("ok", "every day that was tried is rated")
    loaded.sql("INSERT INTO charge.failed_day (hub_id, day, reason)"
               " SELECT hub_id, '2026-10-06', 'numeric field overflow' FROM usage.hub")
    status, checks = doctor(loaded, "--silent-after", "1h", user="hm_rater")
    assert status == 1
    assert checks["failed"] == (
        "FAIL", "1 hub-day could not be rated: hub-a on 2026-10-06: numeric field overflow: put "
                "right what is said, then 'hubmeter rate'")
    assert checks["nodes"] == ("ok", "1 node, none silent")


# The last hour but one of a node with two CPUs: 1,800 core-seconds may be had in a slot.
MEASURED = """
SELECT usage.ensure_month(now()), usage.ensure_month(now() - interval '3 hours');
INSERT INTO usage.node_slot (slot_start, node_id, class_id, coverage_msec, cpu_capacity_usec, cpu_used_usec,
        cpu_system_usec, memory_capacity_mib_sec, memory_used_mib_sec, memory_system_mib_sec, gpu_capacity_msec,
        gpu_used_msec, gpu_system_msec, cpu_measured_usec, cpu_steal_usec, memory_measured_mib_sec, measured_flags)
    SELECT usage.slot_of(now()) - n * interval '15 minutes', node_id, class_id, 900000, 1800000000, used * 1000000,
           0, 0, 0, 0, 0, 0, 0, measured * 1000000, 0, 0, flags
    FROM usage.node, usage.resource_class, (VALUES {}) AS v (n, used, measured, flags);
"""


@pytest.mark.parametrize("slots, told", [
    ("(4, 100, 100, 0), (5, 100, 40, 0)", ""),  # 60 core-seconds and no more
    ("(4, 100, 100, 0), (5, 101, 40, 0)", "hub-a/node1 measured 140.0, attributed 201.0 core-seconds (-30.3 %)"),
    ("(4, 100, 161, 64)", "measured 161.0, attributed 100.0 core-seconds (+37.9 %), a counter started over"),
    ("(4, 1700, 1683, 0), (5, 1700, 1683, 0), (6, 1700, 1683, 0), (7, 1700, 1683, 0)", ""),  # 1 % of what was used
    ("(4, 1700, 1682, 0), (5, 1700, 1683, 0), (6, 1700, 1683, 0), (7, 1700, 1683, 0)", "(-1.0 %)"),
    (", ".join(f"({n}, 20, 11, 0)" for n in range(4, 24)), ""),  # half a per cent of what CPUs can do
    (", ".join(f"({n}, 20, 10.9, 0)" for n in range(4, 24)), "(-45.5 %)"),
    ("(4, 100, NULL, NULL), (5, 100, 95, 0)", ""),  # not measured is not 0
    ("(100, 1000, 0, 0)", ""),  # yesterday is over
])
def test_what_kernels_measured(loaded, slots, told):
    loaded.sql(MEASURED.format(slots))
    verdict, text = doctor(loaded, user="hm_rater")[1]["measured"]
    assert verdict == ("WARN" if told else "ok")
    assert told in text


def test_a_tag_of_a_group_one_is_not_in(loaded):
    loaded.sql("UPDATE usage.workload SET tag = 'lasers' WHERE username = 'ada'")
    loaded.ok("rate")
    _, checks = doctor(loaded, user="hm_rater")
    assert checks["groups"] == (
        "WARN", "1 user name in suspense: not in the group of the tag, or nobody pays for it: "
                "ada on hub-a, tag lasers: 'hubmeter import members' or 'groups', then "
                "'hubmeter rate'")


# A charge of today that no fund pays, and one that is too old to ask about.
UNFUNDED = """
SELECT charge.ensure_month(now()::date + d) FROM generate_series(-71, 1) AS d;
SET session_replication_role = replica;
DELETE FROM fund.leg;
INSERT INTO fund.leg (line_id, month, period, hub_id, day, institution_id, sequence, leg, reason, amount, currency)
SELECT 1, date_trunc('month', d), date_trunc('month', d), 1, d, i.institution_id, 1, 1, reason, amount, 'EUR'
FROM org.institution AS i,
     (VALUES ((now() AT TIME ZONE 'UTC')::date, 'no plan', 2.5),
             ((now() AT TIME ZONE 'UTC')::date - 70, 'in suspense', 7)) AS v (d, reason, amount)
WHERE i.code = 'uni';
"""


def test_funding(loaded):
    loaded.ok("rate")
    loaded.sql(UNFUNDED)
    fine = ("ok", "no charge waits for its fund")
    assert doctor(loaded, user="hm_rater")[1]["funding"] == fine, "who has no plans has none to look after"
    loaded.sql("INSERT INTO fund.dirty_day"
               " SELECT institution_id, '2026-10-05', 1 FROM org.institution WHERE code = 'uni'")
    assert doctor(loaded, user="hm_rater")[1]["funding"] == (
        "WARN", "1 institution-month waits to be funded, oldest 2026-10: run 'hubmeter rate'")
    loaded.sql("DELETE FROM fund.dirty_day")
    loaded.ok("import", "funds", "-", text="institution,fund,name,kind,chart_string\nuni,D,Dept,operating,1\n")
    loaded.ok("import", "plans", "-", text="institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author\n"
              "uni,p,2026-01-01,1,1,D,1000000,ours,ann\nuni,p,2099-01-01,1,1,D,1000000,ours,ann\n")
    loaded.sql("DELETE FROM fund.dirty_since")
    unfunded = "charges of the last 62 days that no fund pays: uni: 2.5 EUR (no plan): 'hubmeter report funds'"
    assert doctor(loaded, user="hm_rater")[1]["funding"] == (
        "WARN", "1 plan version should hold already and waits for approval: p of uni from 2025-12-31T23:00Z: "
                "'hubmeter plan check', then 'hubmeter plan approve'; " + unfunded)
    loaded.sql("UPDATE fund.plan_version SET voided_at = now(), void_reason = 'test'")
    loaded.sql("DELETE FROM fund.dirty_since")
    assert doctor(loaded, user="hm_rater")[1]["funding"] == ("WARN", unfunded)
    loaded.sql("SET session_replication_role = replica; DELETE FROM fund.leg")
    assert doctor(loaded, user="hm_rater")[1]["funding"] == fine


def test_database_away(closed_port):
    target = f"host=127.0.0.1 port={closed_port} dbname=x user=x"
    done = subprocess.run([program("hubmeter"), "doctor", f"--postgres={target}"],
                          stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert re.search("FAIL database .*Connection refused.*check --postgres", done.stdout)
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["broker", "database"]
    assert "\t" not in done.stdout


def test_old_schema(hubmeter):
    hubmeter.sql("DELETE FROM audit.migration WHERE version > 3")
    _, checks = doctor(hubmeter)
    assert checks["schema"] == ("FAIL", f"database has version 3 of {LAST}: run 'hubmeter migrate'")
    assert set(checks) == {"broker", "database", "schema"}


@pytest.fixture
def nobody(hubmeter):
    """A user who may do nothing; roles belong to the whole server, so it goes when the test does."""
    hubmeter.sql("CREATE ROLE nobody LOGIN")
    yield "nobody"
    hubmeter.sql("DROP ROLE nobody")


def test_a_reason_is_given_once(hubmeter, nobody):
    _, checks = doctor(hubmeter, user=nobody)
    assert [line for _, line in checks.values() if "permission" in line] == [
        "not checked, nor what else this user may not read: permission denied for schema "
        "audit: sign in as hm_rater or as a member of it"]

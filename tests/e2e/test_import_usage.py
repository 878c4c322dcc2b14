"""Usage of another accounting system: every slot of it, once, whatever happens on the way."""
import os
import random
import subprocess

import pytest

from harness import aggregator, started
from project import SOURCE, program
from usage_oracle import DAY, SLOT, USEC, expected_slots, stored_slots, text_of, usec_of
from wait import wait_for

HEADER = ("hub,node,workload,kind,username,server,tag,class,start,end,cpu_core_seconds,"
          "cpu_reserved_core_seconds,memory_mib_seconds,gpu_seconds,storage_mib_seconds,net_tx_bytes")
TWO_YEARS_AGO = usec_of("2024-09-28T00:00:00Z")
EXAMPLE = os.path.join(SOURCE, "deploy/usage.csv")
MANY_NODES = 3000


@pytest.fixture(scope="module")
def rollup(services, directory):
    for hub in ("physics", "biology", "cut"):
        services.cli("topic", "create", hub)
    daemon = aggregator(services, directory)
    daemon.start()
    return daemon


@pytest.fixture(name="history", scope="module")
def history_file():
    """Intervals of 400 days and of microseconds, off the slots and on them, in two hubs."""
    draw = random.Random(20261125)
    lines = [HEADER]
    for number, length in enumerate([400 * DAY, 399 * DAY + 12345] + [
            draw.choice((1, SLOT, DAY, 3 * DAY + 7, draw.randrange(1, 40 * DAY))) for _ in range(30)]):
        start = TWO_YEARS_AGO + draw.randrange(0, 100 * DAY) // draw.choice((1, SLOT))
        cores = draw.randrange(1, 64)
        lines.append(",".join((
            draw.choice(("physics", "biology")), f"node-{draw.randrange(2)}", f"job/{number}", "job",
            f"user-{number % 5}", "", "", draw.choice(("", "large")), text_of(start),
            text_of(start + length), f"{cores * length // 3 / USEC:.6f}", str(cores * length // USEC),
            str(draw.randrange(10**6)), f"{draw.randrange(10**6) / 1000:.3f}",
            str(draw.randrange(10**12)), "")))
    return "\n".join(lines) + "\n"


def write(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def totals(services):
    return services.sql("SELECT count(*), sum(cpu_billable_usec), sum(storage_mib_sec), sum(wall_msec)"
                        " FROM usage.slot")


def records(services, hub):
    lines = services.cli("topic", "list", "--format=csv").stdout.splitlines()
    [held] = [line.split(",")[-1] for line in lines if line.startswith(f"usage.{hub}.v1,")]
    return int(held)


def test_every_slot_as_the_rules_say(services, directory, rollup, history):
    assert rollup.alive()
    path = write(directory, "history.csv", history)
    done = services.cli("import", "usage", path, "--wait")
    assert "32 intervals of 2 hubs" in done.stdout and "in the database" in done.stdout
    assert stored_slots(services) == expected_slots(history)
    assert services.sql("SELECT DISTINCT flags FROM usage.slot") == [["512"]]
    # Late usage costs its people alone: nobody else of the hub-day is to be rated again.
    assert services.sql("SELECT count(*), count(username) FROM ingest.dirty_day WHERE username IS NULL") == [["0", "0"]]
    assert services.sql("SELECT count(DISTINCT username) FROM ingest.dirty_day") == [["5"]]


def test_conserved_and_not_observed(services):
    assert services.sql("SELECT count(*) > 0, bool_and(difference = 0), sum(coverage)"
                        " FROM report.node_reconciliation") == [["t", "t", "0.000"]]
    assert services.sql("SELECT count(*) FROM report.coverage") == [["0"]]
    checks = services.cli("doctor", check=False).stdout
    assert "no node has sent anything yet" in checks
    assert services.sql("SELECT count(*) FROM ingest.gap") == [["0"]]
    assert services.sql("SELECT count(*) FROM ingest.quarantine") == [["0"]]


def test_the_same_again_changes_nothing(services, directory, history):
    before, sent = totals(services), records(services, "physics")
    header, *rows = history.splitlines()
    shuffled = "\r\n".join([header, *reversed(rows)]) + "\r\n"
    services.cli("import", "usage", os.path.join(directory, "history.csv"), "--wait")
    services.cli("import", "usage", "-", "--wait", input=shuffled)
    assert records(services, "physics") == 3 * sent
    wait_for("all of it to be read", lambda: services.sql(
        "SELECT sum(next_offset) FROM ingest.partition WHERE topic = 'usage.physics.v1'")
        == [[str(3 * sent)]])
    assert totals(services) == before


def test_the_example_is_charged(services, directory):
    files = {
        "org": "institution,time_zone,currency,unit,parent,name,hub\nuni,UTC,EUR,,,University,\n"
               "uni,,,physics,,Physics,\nuni,,,,,,physics\n",
        "people": "person,name,hub,username\np1,Ada,physics,ada\n",
        "memberships": "person,institution,unit,valid_from,valid_to,home\np1,uni,physics,2020-01-01,,yes\n",
        # The example's job is tagged: it is the course's, if Ada is in it.
        "groups": "institution,group,kind,name,unit\nuni,course-101,course,Mechanics,physics\n",
        "members": "person,institution,group,valid_from,valid_to\np1,uni,course-101,2025-09-01,\n",
        "prices": "institution,resource,class,rate,market_rate,valid_from,valid_to\n"
                  "uni,cpu,,0.5,,2020-01-01,\nuni,storage,,0.0001,,2020-01-01,\n",
    }
    for kind, text in files.items():
        services.cli("import", kind, write(directory, f"{kind}.csv", text))
    services.sql("DELETE FROM ingest.dirty_day")  # to rate the years of the history takes half a minute
    services.cli("import", "usage", EXAMPLE, "--wait")
    services.cli("rate")
    report = services.cli("report", "departments", "--month=2025-09", "--format=csv").stdout
    cpu = next(line.split(",") for line in report.splitlines()
               if ",physics," in line and ",cpu," in line)
    assert "1742400" in cpu and "242.000000000" in cpu, report  # reserved is more than used
    storage = next(line.split(",") for line in report.splitlines()
                   if ",physics," in line and ",storage," in line)
    assert "26542080000" in storage, report
    with open(EXAMPLE, encoding="utf-8") as file:
        expected = expected_slots(file.read())
    stored = stored_slots(services)
    assert {key: stored[key] for key in expected} == expected


def test_a_half_is_completed(services, directory, rollup):
    """Killed in the middle of sending, with the aggregator away; then the same command again."""
    lines = [HEADER] + [
        f"cut,node-{i},w{i},job,user,,,,2026-01-01T00:00:00Z,2026-01-01T00:20:00Z,{i}.5,,,,,"
        for i in range(MANY_NODES)]
    text = "\n".join(lines) + "\n"
    path = write(directory, "cut.csv", text)
    slow = ("--kafka.batch.num.messages=1", "--kafka.max.in.flight.requests.per.connection=1",
            "--kafka.linger.ms=0")
    rollup.terminate()
    with subprocess.Popen([program("hubmeter"), "import", "usage", path, *slow,
                           f"--kafka.bootstrap.servers={services.kafka}"],
                          stdout=subprocess.DEVNULL) as command:
        started.append(command)
        wait_for("the first batches", lambda: records(services, "cut") > 0)
        command.kill()
    sent = records(services, "cut")
    assert 0 < sent < MANY_NODES, "nothing was cut off"
    rollup.start()
    wait_for("the half", lambda: services.sql(
        "SELECT sum(next_offset) FROM ingest.partition WHERE topic = 'usage.cut.v1'")
        == [[str(sent)]])
    done = services.cli("import", "usage", path, "--wait")
    assert f"{MANY_NODES} batches in the database" in done.stdout
    stored = stored_slots(services)
    assert {key: figures for key, figures in stored.items() if key[0] == "cut"} == expected_slots(text)


def test_what_cannot_be_sent_is_said(services, directory):
    path = write(directory, "hubs.csv", f"{HEADER}\n"
                 "physics,n,w1,job,u,,,,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,1,,,,,\n"
                 "physcis,n,w1,job,u,,,,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,1,,,,,\n")
    before = records(services, "physics")
    refused = services.cli("import", "usage", path, check=False, stderr=subprocess.PIPE)
    assert refused.returncode == 1
    assert 'hubs.csv:3: column "hub": "physcis": no such hub' in refused.stderr
    assert "nothing was sent" in refused.stderr
    assert records(services, "physics") == before
    away = subprocess.run([program("hubmeter"), "import", "usage", EXAMPLE,
                           "--kafka.bootstrap.servers=localhost:1"],
                          check=False, stderr=subprocess.PIPE, text=True)
    assert away.returncode == 1 and "cannot reach the broker" in away.stderr


def test_waiting_ends(services, rollup, directory):
    path = write(directory, "waiting.csv", f"{HEADER}\n"
                 "physics,n,w9,job,u,,,,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,1,,,,,\n")
    assert rollup.terminate() == 0
    late = services.cli("import", "usage", path, "--wait", "--wait-timeout=1s", check=False,
                        stderr=subprocess.PIPE)
    assert late.returncode == 1
    assert "everything was sent, but only 0 of 1 batches" in late.stderr

"""hubmeter ingest replay: a database made anew from Kafka holds the same usage, whatever the order in which it came;
what differs is named."""
import csv
import io
import os
import subprocess

import pytest

from harness import aggregator
from project import BUILD, SOURCE, program
from wait import wait_for


@pytest.fixture(scope="module", autouse=True)
def rollup(services, directory):
    reader = aggregator(services, directory)
    reader.start()
    yield reader
    assert reader.terminate() == 0


def send(services, hub, *more):
    subprocess.run([os.path.join(BUILD, "tests/produce_batches"), services.kafka, f"usage.{hub}.v1", "--rows=7", *more],
                   check=True, stdout=subprocess.DEVNULL)


def account(services, hub):
    return [int(value) for value in services.sql(
        "SELECT coalesce(sum(taken), 0), coalesce(sum(duplicates), 0), coalesce(sum(quarantined), 0)"
        f" FROM ingest.partition WHERE topic = 'usage.{hub}.v1'")[0]]


def replay(services, database, *more):
    environment = dict(os.environ, PATH=os.path.dirname(program("hubmeter-aggregator")) + ":"
                       + os.path.dirname(program("hubmeter")) + ":" + os.environ["PATH"])
    return services.cli("ingest", "replay", f"--into-new={database}", f"--sql-dir={SOURCE}/sql", "--format=csv", *more,
                        check=False, env=environment, stderr=subprocess.PIPE)


def result(done):
    """{(hub, table): row}"""
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert rows, done.stderr
    return {(row["hub"], row["table"]): row for row in rows}


def in_database(services, database, query):
    return subprocess.run(["psql", services.postgres.replace("dbname=hubmeter", f"dbname={database}"), "-XAtc", query],
                          check=True, stdout=subprocess.PIPE, text=True).stdout


def test_the_same_again_and_again(services, rollup):
    """Two partitions, batches sent twice, noise; there is more in Kafka than the live database has read."""
    services.cli("topic", "create", "two", "--partitions=2")
    send(services, "two", "--nodes=3", "--batches=600", "--garbage=5")
    send(services, "two", "--nodes=3", "--batches=600", "--partition=1")
    wait_for("all of it", lambda: sum(account(services, "two")) == 1205, 90)
    owners = "SELECT topic, partition, owner_epoch, first_offset FROM ingest.partition ORDER BY 1, 2"
    before = services.sql(owners)
    assert rollup.terminate() == 0
    send(services, "two", "--nodes=3", "--batches=9000", "--seed=2")
    done = replay(services, "again_1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert in_database(services, "again_1", "SELECT sum(next_offset) FROM ingest.partition") == "1205\n"
    for table in ("slot", "node_slot"):
        row = result(done)["two", table]
        assert row["verdict"] == "equal" and row["live"] == row["replay"] != "0" and row["known"] == ""
        assert row["live_cpu_used_usec"] == row["replay_cpu_used_usec"] != "0"
    before = [[*row[:2], str(int(row[2]) + 1), row[3]] for row in before]  # taken over once more
    rollup.start()
    wait_for("the rest", lambda: account(services, "two") == [9600, 600, 5], 90)
    for database in ("again_2", "again_3"):
        done = replay(services, database)
        assert done.returncode == 0, done.stdout + done.stderr
    figures = ("SELECT md5(string_agg(r::text, E'\\n' ORDER BY r::text)) FROM (SELECT table_name, hub, node, workload,"
               " class, slot_start, figures FROM replay.again) AS r")
    assert in_database(services, "again_2", figures) == in_database(services, "again_3", figures)
    assert services.sql(owners) == before
    assert in_database(services, "again_3", "SELECT sum(taken), sum(duplicates), sum(quarantined) FROM"
                                            " ingest.partition") == "9600|600|5\n"


def test_what_differs_is_named(services):
    [[slot]] = services.sql("SELECT max(slot_start) FROM usage.slot")
    services.sql(f"""
        DELETE FROM usage.node_slot WHERE slot_start = '{slot}' AND node_id = (SELECT min(node_id) FROM usage.node);
        UPDATE usage.slot SET wall_msec = wall_msec + 1 WHERE slot_start = '{slot}'
            AND workload_id = (SELECT min(workload_id) FROM usage.slot WHERE slot_start = '{slot}')""")
    done = replay(services, "tampered")
    assert done.returncode == 1
    row = result(done)["two", "slot"]
    assert (row["verdict"], row["only_live"], row["only_replay"], row["other_figures"]) == ("differs", "0", "0", "1")
    row = result(done)["two", "node_slot"]
    assert (row["verdict"], row["only_live"], row["only_replay"], row["other_figures"]) == ("differs", "0", "1", "0")
    done = replay(services, "tampered_again", "--each")
    assert done.returncode == 1
    other, gone = csv.DictReader(io.StringIO(done.stdout))
    assert (other["table"], gone["table"], gone["live"]) == ("slot", "node_slot", "")
    live, again = (list(map(int, other[side].strip("{}").split(","))) for side in ("live", "replay"))
    assert [a - b for a, b in zip(live, again)] == 12 * [0] + [1, 0]


def test_what_cannot_be_equal_is_said(services):
    """Dated anew from quarantine; usage that never came through Kafka; the first offsets left out."""
    services.cli("topic", "create", "clock", "--partitions=1")
    send(services, "clock", "--node=n1", "--batches=10")
    send(services, "clock", "--node=n1", "--batches=20", "--skip=10", "--ahead=3")
    wait_for("all of it", lambda: account(services, "clock") == [10, 0, 10], 90)
    [[numbers]] = services.sql("SELECT string_agg(quarantine_id::text, ',') FROM ingest.quarantine"
                               " WHERE topic = 'usage.clock.v1'")
    done = subprocess.run([program("hubmeter-aggregator"), f"--postgres={services.postgres}", "--retry-shift=-3d",
                           "--retry-reason=its clock", f"--retry-quarantine={numbers}"],
                          check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout.count("taken") == 10
    services.sql("INSERT INTO usage.hub (name) VALUES ('elsewhere');"
                 " INSERT INTO usage.node (hub_id, name, last_window_end) SELECT hub_id, 'n', now() FROM usage.hub"
                 " WHERE name = 'elsewhere';"
                 " INSERT INTO usage.node_slot SELECT (json_populate_record(s, json_build_object('node_id',"
                 " (SELECT max(node_id) FROM usage.node)))).*"
                 " FROM usage.node_slot AS s LIMIT 1")
    done = replay(services, "unequal", "--from=3")
    assert done.returncode == 1
    rows = result(done)
    assert "10 messages were taken from quarantine, 10 of them dated anew" in rows["clock", "slot"]["known"]
    assert "of partition 0 offsets 0 to 2 were not read again" in rows["clock", "slot"]["known"]
    assert rows["elsewhere", "node_slot"]["known"] == "nothing of it was read from Kafka"
    assert rows["clock", "slot"]["verdict"] == rows["elsewhere", "node_slot"]["verdict"] == "differs"
    assert "offsets 0 to 2 were not read again" in rows["two", "slot"]["known"]
    assert "from quarantine" not in rows["two", "slot"]["known"]


def test_nothing_is_overwritten(services):
    assert "already exists" in replay(services, "hubmeter").stderr
    for wrong in (["--into-new="], ["--into-new=x", "--from=-1"], ["--into-new=x", "--from=middle"]):
        assert services.cli("ingest", "replay", *wrong, check=False, stderr=subprocess.PIPE).returncode == 2
    done = subprocess.run([program("hubmeter"), f"--postgres={services.postgres}", "ingest", "replay", "--into-new=x"],
                          stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "kafka.bootstrap.servers" in done.stderr
    assert services.sql("SELECT FROM pg_database WHERE datname = 'x'") == []

"""A stream that comes through two partitions of its topic, which two aggregators own: partitions get added, keys move.
Each batch counts once, nothing is said to be missing that came, and a clone does not vanish."""
import os
import subprocess

import pytest

from harness import account, aggregator, sums
from project import BUILD
from wait import wait_for


@pytest.fixture(scope="module")
def rollups(services, directory):
    programs = [aggregator(services, directory, name=f"aggregator-{i}") for i in range(2)]
    for program in programs:
        program.start()
    return programs


def produce(services, hub, node, *more):
    done = subprocess.run([os.path.join(BUILD, "tests/produce_batches"), services.kafka, f"usage.{hub}.v1",
                           f"--node={node}", "--rows=5", *more], check=True, stdout=subprocess.PIPE, text=True)
    return dict((name, int(value)) for name, value in (line.split("\t") for line in done.stdout.splitlines()))


def create(services, hub, rollups):
    services.cli("topic", "create", hub, "--partitions=2")
    wait_for("an owner for each partition", lambda: services.sql(
        f"SELECT count(DISTINCT owner) FROM ingest.partition WHERE topic = 'usage.{hub}.v1'") == [["2"]], 90)
    assert all(program.alive() for program in rollups)


def test_a_replay_into_another_partition(services, rollups):
    create(services, "added", rollups)
    produce(services, "added", "n1", "--batches=20", "--partition=0")
    wait_for("the first 20", lambda: account(services, "added") == [20, 0, 0], 90)
    expected = produce(services, "added", "n1", "--batches=30", "--skip=15", "--partition=1")
    wait_for("the replay", lambda: account(services, "added") == [30, 5, 0], 90)
    assert sums(services, "added") == expected
    assert services.sql("SELECT * FROM ingest.gap") == []
    assert services.sql("SELECT node, sequence FROM ingest.watermark WHERE topic = 'usage.added.v1'") == [["n1", "30"]]


def test_both_at_once(services, rollups):
    """Whoever loses drops what it gathered, looks again and goes on: no livelock."""
    create(services, "both", rollups)
    command = [os.path.join(BUILD, "tests/produce_batches"), services.kafka, "usage.both.v1", "--node=n1", "--rows=5",
               "--batches=3000"]
    running = [subprocess.Popen([*command, f"--partition={i}"], stdout=subprocess.PIPE, text=True) for i in range(2)]
    outputs = [process.communicate()[0] for process in running]
    expected = dict((name, int(value)) for name, value in (line.split("\t") for line in outputs[0].splitlines()))
    wait_for("all of both", lambda: account(services, "both") == [3000, 3000, 0], 120)
    assert sums(services, "both") == expected
    assert services.sql("SELECT * FROM ingest.gap") == []


def test_what_was_missing_comes(services, rollups):
    create(services, "late", rollups)
    expected = produce(services, "late", "n1", "--batches=9", "--skip=6", "--partition=0")
    wait_for("the last 3", lambda: account(services, "late") == [3, 0, 0], 90)
    assert services.sql("SELECT first_sequence, last_sequence FROM ingest.gap") == [["1", "6"]]
    produce(services, "late", "n1", "--batches=4", "--skip=2", "--partition=1")
    wait_for("two of those missing", lambda: account(services, "late") == [5, 0, 0], 90)
    assert services.sql("SELECT first_sequence, last_sequence FROM ingest.gap ORDER BY 1") == [["1", "2"], ["5", "6"]]
    produce(services, "late", "n1", "--batches=9", "--partition=0")
    wait_for("the rest", lambda: account(services, "late") == [9, 5, 0], 90)
    assert sums(services, "late") == expected
    assert services.sql("SELECT * FROM ingest.gap") == []


def test_a_clone(services, rollups):
    create(services, "cloned", rollups)
    expected = produce(services, "cloned", "n1", "--batches=5", "--partition=0")
    wait_for("the first", lambda: account(services, "cloned") == [5, 0, 0], 90)
    produce(services, "cloned", "n2", "--batches=5", "--partition=0")
    wait_for("the clone", lambda: account(services, "cloned") == [5, 0, 5], 90)
    assert sums(services, "cloned") == expected
    assert services.sql("SELECT DISTINCT reason FROM ingest.quarantine") == [["stream_node"]]
    assert services.sql("SELECT count(*) FROM ingest.partition WHERE taken + duplicates + quarantined + skipped + lost"
                        " <> next_offset - first_offset") == [["0"]]
    for program in rollups:
        assert program.terminate() == 0

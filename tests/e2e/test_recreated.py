"""A topic that is deleted and made again is never silently unread: its partition stops or waits, says
why, and goes on when an operator decided, with exact sums. Reported of others: pinterest/secor#126."""
import os
import subprocess

import pytest

from harness import aggregator, database_sums
from project import BUILD
from wait import pause, wait_for

READ = 100  # batches before the topic is deleted


def produce(services, hub, node, seed, batches):
    done = subprocess.run([os.path.join(BUILD, "tests/produce_batches"), services.kafka,
                           f"usage.{hub}.v1", f"--node={node}", "--rows=5", f"--batches={batches}",
                           f"--seed={seed}"], check=True, stdout=subprocess.PIPE, text=True)
    return dict((name, int(value)) for name, value in
                (line.split("\t") for line in done.stdout.splitlines()))


@pytest.fixture(scope="module")
def rollup(services, directory):
    program = aggregator(services, directory)
    program.start()
    return program


@pytest.mark.parametrize("seconds, batches", [(2, 50), (3, 300), (5, 100)])
def test_recreated(services, rollup, seconds, batches):
    hub = f"again-{seconds}"
    topic = f"usage.{hub}.v1"

    def state(column):
        [row] = services.sql(f"SELECT coalesce({column}::text, '') FROM ingest.partition"
                             f" WHERE topic = '{topic}' AND partition = 0") or [[""]]
        return row[0]

    services.cli("topic", "create", hub, "--partitions=1")
    before = produce(services, hub, hub, seconds + 10, READ)
    wait_for("the first topic", lambda: database_sums(services, hub)[1] == before)
    services.run("delete", topic)
    pause(seconds)
    wait_for("the second topic", lambda: services.cli(
        "topic", "create", hub, "--partitions=1", check=False, stderr=subprocess.DEVNULL)
        .returncode == 0)
    after = produce(services, hub, hub, seconds + 20, batches)
    wait_for("a reason", lambda: state("coalesce(stopped_reason, waiting_reason)"), 90)
    doctor = services.cli("doctor", check=False).stdout
    assert topic in doctor, doctor
    wait_for("a stop", lambda: state("stopped_reason"), 90)
    assert database_sums(services, hub)[1] == before, "read on in another topic"

    refused = services.cli("ingest", "accept-gap", topic, "0", "--from=0", f"--to={READ - 1}", "--reason=no",
                           check=False, stderr=subprocess.STDOUT)
    assert refused.returncode == 1 and f"begins at {READ}, not at 0" in refused.stdout
    services.cli("ingest", "restart", topic, "0", "--reason=made anew by mistake")
    both = {name: value + after[name] for name, value in before.items()}
    wait_for("all of both", lambda: database_sums(services, hub)[1] == both)
    assert services.sql(f"SELECT act, from_offset, reason, decided_by FROM ingest.decision WHERE topic = '{topic}'") \
        == [["restart", "0", "made anew by mistake", "postgres"]]
    assert rollup.alive(), "it goes on without a restart"


def test_overtaken_by_retention(services, rollup):
    """What was deleted before it was read is given up by a decision, and counted."""
    hub, topic = "overtaken", "usage.overtaken.v1"
    services.cli("topic", "create", hub, "--partitions=1")
    before = produce(services, hub, hub, 1, READ)
    wait_for("what was sent first", lambda: database_sums(services, hub)[1] == before)
    rollup.terminate()
    produce(services, hub, hub, 2, READ)
    services.run("truncate", topic)
    after = produce(services, hub, hub, 3, READ)
    rollup.start()
    wait_for("a stop", lambda: services.sql(
        f"SELECT stopped_reason FROM ingest.partition WHERE topic = '{topic}' AND stopped_reason LIKE '%deleted%'"))
    doctor = services.cli("doctor", check=False).stdout
    assert f"accept-gap {topic} 0 --from {READ} --to {2 * READ - 1} --reason" in doctor, doctor
    services.cli("ingest", "accept-gap", topic, "0", f"--from={READ}", f"--to={2 * READ - 1}", "--reason=disk was full")
    both = {name: value + after[name] for name, value in before.items()}
    wait_for("what is there", lambda: database_sums(services, hub)[1] == both)
    done = services.cli("ingest", "accept-gap", topic, "0", "--from=0", "--to=1", "--reason=again", check=False,
                        stderr=subprocess.STDOUT)
    assert done.returncode == 1 and "is not stopped" in done.stdout

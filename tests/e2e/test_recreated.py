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

    services.sql(f"UPDATE ingest.partition SET stopped_reason = NULL, next_offset = 0,"
                 f" last_crc32c = NULL, last_stream = NULL, last_sequence = NULL"
                 f" WHERE topic = '{topic}'")
    rollup.crash()
    both = {name: value + after[name] for name, value in before.items()}
    wait_for("all of both", lambda: database_sums(services, hub)[1] == both)

"""A node's clock is days ahead, so good data is refused: dated anew it counts exactly once, while an aggregator reads
the same stream on, whoever is killed meanwhile, and whether the answer to COMMIT arrives or not."""
import os
import signal
import subprocess
import sys

import pytest

from harness import account, aggregator, started, sums
from project import BUILD, SOURCE, program
from wait import wait_for

sys.path.insert(0, os.path.join(SOURCE, "tests/chaos"))
from proxy import PostgresLine, Proxy, Rule  # noqa: E402  pylint: disable=wrong-import-position

AHEAD = 3
SHIFT = ["--retry-shift=-3d", "--retry-reason=its clock was ahead"]


@pytest.fixture(scope="module", autouse=True)
def rollup(services, directory):
    reader = aggregator(services, directory)
    reader.start()
    yield reader
    assert reader.terminate() == 0


def produce(services, hub, *more):
    return [os.path.join(BUILD, "tests/produce_batches"), services.kafka, f"usage.{hub}.v1", "--node=n1", "--rows=5",
            *more]


def sent(services, hub, *more):
    """Sums of every quantity, of all batches of the stream so far."""
    done = subprocess.run(produce(services, hub, *more), check=True, stdout=subprocess.PIPE, text=True)
    return dict((name, int(value)) for name, value in (line.split("\t") for line in done.stdout.splitlines()))


def refuse(services, hub, good, bad):
    """The first @good batches come as they should, the next @bad with the wrong clock, then as many good ones again."""
    services.cli("topic", "create", hub, "--partitions=1")
    sent(services, hub, f"--batches={good}")
    sent(services, hub, f"--batches={good + bad}", f"--skip={good}", f"--ahead={AHEAD}")
    sent(services, hub, f"--batches={2 * good + bad}", f"--skip={good + bad}")
    wait_for("all of it", lambda: account(services, hub) == [2 * good, 0, bad], 90)
    assert services.sql("SELECT first_sequence, last_sequence FROM ingest.gap WHERE topic = 'usage."
                        f"{hub}.v1'") == [[str(good + 1), str(good + bad)]]
    return 2 * good + bad


def assert_whole(services, hub, expected, batches):
    wait_for("all of it", lambda: account(services, hub) == [batches, 0, 0], 90)
    assert sums(services, hub) == expected
    assert services.sql(f"SELECT * FROM ingest.gap WHERE topic = 'usage.{hub}.v1'") == []
    [[late]] = services.sql("SELECT count(*) FROM usage.slot WHERE slot_start > now()")
    assert late == "0"


def open_ones(services, hub):
    return [number for number, in services.sql(
        f"SELECT quarantine_id FROM ingest.quarantine WHERE topic = 'usage.{hub}.v1' AND state = 'open' ORDER BY 1")]


def start_retry(services, numbers, conninfo=None):
    command = [program("hubmeter-aggregator"), f"--postgres={conninfo or services.postgres}",
               f"--retry-quarantine={','.join(numbers)}", *SHIFT]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # pylint: disable=consider-using-with
    started.append(process)
    return process


def test_dated_anew(services, rollup):
    """By the command, while the node sends on and the aggregator believes otherwise of its stream."""
    hub, path = "clock", os.path.dirname(program("hubmeter-aggregator"))
    batches = refuse(services, hub, 20, 100)
    environment = dict(os.environ, PATH=f"{path}:{os.environ['PATH']}")
    wrong = services.cli("ingest", "quarantine", "retry", f"--hub={hub}", check=False, env=environment)
    assert wrong.returncode == 1 and wrong.stdout.count("refused") == 100
    with subprocess.Popen(produce(services, hub, f"--batches={batches + 3000}", f"--skip={batches}"),
                          stdout=subprocess.PIPE, text=True) as more:
        done = services.cli("ingest", "quarantine", "retry", f"--hub={hub}", "--refused=window_future", "--shift=-3d",
                            "--reason=clock of n1 was three days ahead", env=environment)
        expected = dict((name, int(value)) for name, value in (line.split("\t") for line in more.stdout))
    assert done.stdout.count("taken") == 100
    assert_whole(services, hub, expected, batches + 3000)
    assert rollup.alive()


def test_killed_again_and_again(services, rollup):
    hub = "killed"
    batches = refuse(services, hub, 3, 60)
    kills = 0
    while open_ones(services, hub):
        retry = start_retry(services, open_ones(services, hub))
        for _ in range(kills % 4 + 1):
            retry.stdout.readline()
        retry.send_signal(signal.SIGKILL)
        retry.communicate()
        kills += 1
    assert kills > 10
    expected = sent(services, hub, f"--batches={batches + 1}", f"--skip={batches}")
    assert_whole(services, hub, expected, batches + 1)
    assert rollup.alive()


@pytest.mark.parametrize("action", ["lose", "late", "cut"])
def test_commit_goes_astray(services, action):
    """COMMIT was sent and the answer lost; or it reaches the server after the client came back; or it never does."""
    hub = f"astray-{action}"
    batches = refuse(services, hub, 2, 8)
    port = next(word for word in services.postgres.split() if word.startswith("port=")).removeprefix("port=")
    proxy = Proxy(PostgresLine, int(port))
    try:
        # of two for each message (one asks what it is) the third message's second
        rule = Rule("commit", 7, action)
        proxy.arm(rule)
        retry = start_retry(services, open_ones(services, hub),
                            services.postgres.replace(f"port={port}", f"port={proxy.port} host=127.0.0.1"))
        said = retry.communicate(timeout=60)[0]
        assert rule.done.is_set()
    finally:
        proxy.close()
    assert retry.returncode == 0, said
    assert [line.split("\t")[1:] for line in said.splitlines()] == 8 * [["taken"]]
    expected = sent(services, hub, f"--batches={batches + 1}", f"--skip={batches}")
    assert_whole(services, hub, expected, batches + 1)

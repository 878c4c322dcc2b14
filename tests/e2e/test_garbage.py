"""10,000 garbage messages among good ones: the good ones are all there, the garbage is counted in
quarantine with its bytes, the aggregator's memory stays flat, and its metrics say all of that."""
import os
import re
import subprocess
import urllib.request

from harness import aggregator, database_sums
from project import BUILD
from wait import wait_for

HUB = "littered"
BATCHES = 300
ROWS = 50
GARBAGE = 10_000


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def produce(services, seed, batches, garbage):
    """Sums of every quantity in the good batches, as the producer printed them."""
    done = subprocess.run([os.path.join(BUILD, "tests/produce_batches"), services.kafka,
                           f"usage.{HUB}.v1", "--node=n1", f"--rows={ROWS}", f"--batches={batches}",
                           f"--garbage={garbage}", f"--seed={seed}"],
                          check=True, stdout=subprocess.PIPE, text=True)
    return dict((name, int(value)) for name, value in
                (line.split("\t") for line in done.stdout.splitlines()))


def metrics(log):
    """{name with labels: value} of the aggregator that writes @log."""
    with open(log, encoding="utf-8") as lines:
        port = re.findall(r"event=metrics port=(\d+)", lines.read())[-1]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    assert text.endswith("\n")
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def assert_metrics(services, log):
    prefix = "hubmeter_aggregator_"
    expected = {"messages_total": 2 * BATCHES + GARBAGE, "rows_total": 2 * BATCHES * ROWS, "duplicates_total": 0,
                "quarantined_total": GARBAGE, f'lag_messages{{hub="{HUB}"}}': 0, 'partitions{state="stopped"}': 0,
                "gathered_keys": 0, 'up{of="kafka"}': 1, 'up{of="postgres"}': 1}
    wait_for("metrics that say so", lambda: {name: metrics(log).get(prefix + name) for name in expected}
             == {name: str(value) for name, value in expected.items()})
    found = metrics(log)
    [[flushed]] = services.sql("SELECT extract(epoch FROM max(flushed_at)) FROM ingest.partition")
    assert abs(float(found[prefix + "last_commit_timestamp_seconds"]) - float(flushed)) < 5
    assert int(found[prefix + "commits_total"]) > 1 and float(found[prefix + "commit_seconds_total"]) > 0
    assert int(found["process_resident_memory_bytes"]) > 1 << 20


def test_garbage_hides_nothing(services, directory):
    services.cli("topic", "create", HUB)
    rollup = aggregator(services, directory, "--metrics-listen=127.0.0.1:0")
    rollup.start()
    expected = produce(services, 1, BATCHES, 0)
    wait_for("the good batches", lambda: database_sums(services, "n1")[1] == expected)
    clean = resident_kib(rollup.process.pid)

    more = produce(services, 2, BATCHES, GARBAGE)
    expected = {name: value + more[name] for name, value in expected.items()}
    wait_for("all good ones", lambda: database_sums(services, "n1")[1] == expected, 120)
    wait_for("all garbage", lambda: services.sql(
        "SELECT count(*), count(*) FILTER (WHERE octet_length(payload) > 0) FROM ingest.quarantine")
        == [[str(GARBAGE), str(GARBAGE)]])
    littered = resident_kib(rollup.process.pid)
    print(f"resident memory {clean} KiB before, {littered} KiB after the garbage")
    assert_metrics(services, rollup.log)
    assert littered < clean + 65536, "memory grew with the garbage"
    assert rollup.terminate() == 0

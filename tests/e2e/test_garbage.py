"""10,000 garbage messages among good ones: the good ones are all there, the garbage is counted in
quarantine with its bytes, and the aggregator's memory stays flat."""
import os
import subprocess

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


def test_garbage_hides_nothing(services, directory):
    services.cli("topic", "create", HUB)
    rollup = aggregator(services, directory)
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
    assert littered < clean + 65536, "memory grew with the garbage"
    assert rollup.terminate() == 0

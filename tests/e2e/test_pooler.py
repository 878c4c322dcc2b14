"""Behind PgBouncer a transaction may run on another backend than the one before, here the next in
turn: two aggregators share them, one is killed, and what was sent is committed exactly."""
import os
import re
import shutil
import socket
import subprocess

import pytest

from harness import aggregator, database_sums, started
from project import BUILD
from wait import wait_for

ROWS = 20
BATCHES = 400
AS_SERVER = "postgres"  # PgBouncer refuses to run as root

CONFIGURATION = """\
[databases]
hubmeter = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {directory}/users
pool_mode = {mode}
default_pool_size = {size}
min_pool_size = {size}
server_round_robin = 1
"""

PGBOUNCER = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
pytestmark = pytest.mark.skipif(not PGBOUNCER,
                                reason="pgbouncer is missing (Debian package pgbouncer)")


class Pooled:
    """The same services, with PostgreSQL behind PgBouncer."""

    def __init__(self, services, port):
        self.kafka = services.kafka
        self.postgres = re.sub(r"port=\d+", f"port={port}", services.postgres)

    def ask(self, query):
        conninfo = self.postgres.replace("user=postgres", "user=hm_aggregator")
        return subprocess.run(["psql", conninfo, "-X", "-A", "-t", "-q", "-c", query], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()


def start_pooler(services, directory, mode, size):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = os.path.join(directory, f"pooler-{mode}-{size}")
    os.mkdir(home)
    server = re.search(r"port=(\d+)", services.postgres)[1]
    for name, text in (("users", '"hm_aggregator" ""\n'), ("ini", CONFIGURATION.format(
            server=server, port=port, directory=home, mode=mode, size=size))):
        with open(os.path.join(home, name), "w", encoding="ascii") as file:
            file.write(text)
    command = [PGBOUNCER, os.path.join(home, "ini")]
    if os.getuid() == 0:
        command[1:1] = ["-u", AS_SERVER]
    with open(os.path.join(directory, f"pooler-{mode}-{size}.log"), "wb") as log:
        started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
    pooled = Pooled(services, port)
    wait_for("the pooler", lambda: pooled.ask("SELECT 1") == "1")
    return pooled


def produce(services, hub, node, seed):
    done = subprocess.run([os.path.join(BUILD, "tests/produce_batches"), services.kafka,
                           f"usage.{hub}.v1", f"--node={node}", f"--rows={ROWS}",
                           f"--batches={BATCHES}", f"--seed={seed}"],
                          check=True, stdout=subprocess.PIPE, text=True)
    return {name: int(value) for name, value in
            (line.split("\t") for line in done.stdout.splitlines())}


def owners(services, hub):
    [[count]] = services.sql("SELECT count(DISTINCT owner) FROM ingest.partition"
                             f" WHERE topic = 'usage.{hub}.v1'")
    return int(count)


# One backend for both: what a session keeps of the first is in the second's way.
@pytest.mark.parametrize("mode, size", [("transaction", 1), ("transaction", 3), ("session", 3)])
def test_usage_is_committed_exactly(services, directory, mode, size):
    pooled = start_pooler(services, directory, mode, size)
    hub = f"{mode}-{size}"
    node = "n-" + hub
    services.cli("topic", "create", hub)
    first, second = (aggregator(pooled, directory, name=f"{hub}-{n}") for n in (1, 2))
    first.start()
    second.start()
    wait_for("both to own partitions", lambda: owners(services, hub) == 2)
    total = produce(services, hub, node, 1)
    wait_for("the first half", lambda: database_sums(services, node)[1] == total)
    first.kill()
    more = produce(services, hub, node, 2)
    total = {name: value + more[name] for name, value in total.items()}
    wait_for("all of it", lambda: database_sums(services, node)[1] == total)
    if mode == "transaction":
        assert pooled.ask("SHOW lock_timeout") == "0", "a setting outlasted its transaction"
    assert second.terminate() == 0

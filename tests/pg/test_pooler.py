"""The command line behind PgBouncer, where the next transaction runs on another backend, which somebody
else has used: what a session would keep is not there, or in the way."""
import concurrent.futures
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

from command import LAST, SQL
from university import FILES, RATED, USAGE

AS_SERVER = "postgres"  # PgBouncer refuses to run as root
DEADLINE = 30
USERS = ("postgres", "hm_rater", "hm_finance")

CONFIGURATION = """\
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {home}/users
pool_mode = {mode}
default_pool_size = {size}
server_round_robin = 1
"""

PGBOUNCER = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
pytestmark = pytest.mark.skipif(not PGBOUNCER,
                                reason="pgbouncer is missing (Debian package pgbouncer)")


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


# One backend: two commands at once share it. Three: every transaction has another.
@pytest.fixture(params=[("transaction", 1), ("transaction", 3), ("session", 3)],
                ids=lambda parameters: f"{parameters[0]}-{parameters[1]}")
def pooled(request, fresh, closed_port):
    mode, size = request.param
    home = tempfile.mkdtemp(prefix="hubmeter-pooler-", dir="/tmp")
    os.chmod(home, 0o755)
    server = re.search(r"port=(\d+)", fresh.conninfo)[1]
    for name, text in (("users", "".join(f'"{user}" ""\n' for user in USERS)),
                       ("ini", CONFIGURATION.format(server=server, port=closed_port, home=home,
                                                    mode=mode, size=size))):
        with open(os.path.join(home, name), "w", encoding="ascii") as file:
            file.write(text)
    command = [PGBOUNCER, os.path.join(home, "ini")]
    if os.getuid() == 0:
        command[1:1] = ["-u", AS_SERVER]
    direct = fresh.conninfo
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as pooler:
        end = time.monotonic() + DEADLINE
        while not answers(closed_port):
            assert pooler.poll() is None and time.monotonic() < end, "PgBouncer does not start"
        fresh.direct = direct
        fresh.conninfo = re.sub(r"port=\d+", f"port={closed_port}", direct)
        yield fresh
        pooler.terminate()
    shutil.rmtree(home, ignore_errors=True)


def test_every_command(pooled):
    assert pooled.ok("migrate", "--sql-dir", SQL).endswith(f"schema is at version {LAST}\n")
    for kind, text in FILES.items():
        pooled.ok("import", kind, pooled.write(kind + ".csv", text), user="hm_rater")
    pooled.sql(USAGE)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = [pool.submit(pooled.ok, "rate", user="hm_rater") for _ in range(3)]
        imports = [pool.submit(pooled.ok, "import", "people", "people.csv") for _ in range(2)]
    assert sorted(run.result() for run in runs) == [
        "rated 0 hub-days\n", "rated 0 hub-days\n", RATED]
    assert {run.result() for run in imports} == {"people.csv: 3 rows, 0 changed\n"}
    for kind in ("departments", "users", "nodes"):
        assert "2026-10" in pooled.ok("report", kind, "--month", "2026-10", user="hm_finance")
    doctor = pooled.run("doctor", "--sql-dir", SQL).stdout
    assert re.search(r"^ok\s+database", doctor, re.MULTILINE), doctor
    # Nothing stays in a backend: neither a role nor a table of ours nor a lock.
    assert pooled.ok("migrate", "--sql-dir", SQL).endswith("nothing to do\n")
    pooled.conninfo = pooled.direct
    assert pooled.sql("SELECT count(*) FROM pg_class WHERE relname ~ '^(import_|object_|kept_)'"
                      " AND relpersistence = 't'") == "0"
    assert pooled.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0"


def test_replaces_views(pooled):
    pooled.ok("migrate", "--sql-dir", SQL)
    files = shutil.copytree(SQL, pooled.files / "sql")
    view = files / "report" / "user_cost.sql"
    view.write_text(view.read_text(encoding="utf-8") + "-- a word more\n", encoding="utf-8")
    assert "made functions and views anew" in pooled.ok("migrate", "--sql-dir", str(files))

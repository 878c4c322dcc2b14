"""Homes of a server of files, from its disk to the database, past a collector that is killed: what each has,
for all of the time, and nobody is billed for what is shared."""
import os
import subprocess

from harness import aggregator, collector
from project import program
from wait import wait_for

HUB = "files"
MIB = 1 << 20
SIZES = {"ada-40x.org": 20 * MIB, "bob": 3 * MIB, "_shared-data": 50 * MIB}
NAMES = {"ada-40x.org": ("ada@x.org", ""), "bob": ("bob", ""), "_shared-data": ("_shared", "_shared-data")}


def make_homes(root):
    for name, size in SIZES.items():
        os.makedirs(os.path.join(root, name))
        with open(os.path.join(root, name, "file"), "wb") as file:
            file.write(b"x" * size)


def allocated(path):
    return sum(os.lstat(name).st_blocks * 512 for name in (path, os.path.join(path, "file")))


def stored(services):
    """{(user, tag): MiB-seconds}"""
    return {(user, tag): int(mib_sec) for user, tag, mib_sec in services.sql(
        "SELECT w.username, w.tag, sum(s.storage_mib_sec) FROM usage.slot AS s"
        " JOIN usage.workload AS w USING (workload_id) WHERE w.kind = 5 GROUP BY 1, 2")}


def told(directory, user):
    """[start, end, MiB-seconds] of each row of USER that the spool ever had, in order."""
    dump = subprocess.run([program("hubmeter-collector"), f"--dump-spool={directory}", "--rows"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    header = dump[0].split("\t")
    rows = [dict(zip(header, line.split("\t"))) for line in dump[1:]]
    return sorted([int(row["window_start_usec"]), int(row["window_end_usec"]), int(row["storage_mib_sec"])]
                  for row in rows if row["user"] == user and int(row["storage_mib_sec"]) > 0)


def test_homes(services, directory):
    services.cli("topic", "create", HUB)
    root = os.path.join(directory, "homes")
    make_homes(root)
    meter = collector(services, directory, HUB, "n1", "http://nobody/hub/api", f"--storage-root={root}",
                      "--storage-home={escaped}", "--storage-interval=10s")
    rollup = aggregator(services, directory)
    meter.start()
    rollup.start()
    wait_for("all of them", lambda: set(stored(services)) == set(NAMES.values()))
    meter.crash()
    before = stored(services)
    wait_for("more of all", lambda: all(stored(services)[name] > before[name] for name in before))
    assert meter.terminate() == 0
    for name in SIZES:
        user, tag = NAMES[name]
        rows = told(f"{directory}/spool-n1", user)
        total = sum(row[2] for row in rows)
        wait_for("what was sent", lambda total=total, key=(user, tag): stored(services)[key] == total)
        assert all(a[1] <= b[0] + 1000 for a, b in zip(rows, rows[1:])), "twice"
        exact = allocated(os.path.join(root, name)) * (rows[-1][1] - rows[0][0]) / (MIB * 1_000_000)
        assert abs(total - exact) <= 1 + exact / 1000, "of each second, also without a collector"
    assert services.sql("SELECT * FROM ingest.quarantine") == []
    assert services.sql("SELECT * FROM report.node_reconciliation WHERE difference <> 0") == []
    assert rollup.terminate() == 0

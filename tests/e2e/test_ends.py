"""Servers that end together with their parent: their last second is theirs, not the system's.

A parent waits for its servers and exits at once, so what the kernel moved from a server to its parent
moves on to the grandparent within the same pass; and it happens at every phase of a pass, on a
machine with more to do than processors. One parent at a time: what several bring home to one
grandparent within a pass is split by an estimate (flag residual_split).
HUBMETER_SERVERS=n asks for so many servers (default 16).
"""
import contextlib
import json
import os
import subprocess
import sys
import types

from harness import collector, started
from project import program

SERVERS = int(os.environ.get("HUBMETER_SERVERS", "16"))
SERVERS_A_PARENT = 2
PARENTS = SERVERS // SERVERS_A_PARENT
TICK_USEC = 1_000_000 // os.sysconf("SC_CLK_TCK")
# Two reapers, each with two counters of whole ticks (cutime, cstime), and what they held back before.
TOLERATED_USEC = 4 * TICK_USEC + 5_000
# What the two counters of a parent hold back, one tick on average, is lost to the system with it.
HELD_BACK_USEC = TICK_USEC

SERVER = """
import sys, time
until = float(sys.argv[1])
while time.process_time() < until:
    sum(range(2000))
"""
PARENT = """
import json, os, subprocess, sys
users = {}
for user, seconds in zip(sys.argv[2::2], sys.argv[3::2]):
    server = subprocess.Popen([sys.executable, "-c", sys.argv[1], seconds],
                              env=dict(os.environ, JUPYTERHUB_USER=user))
    users[server.pid] = user
used = {}
while users:
    pid, status, usage = os.wait4(-1, 0)
    used[users.pop(pid)] = round((usage.ru_utime + usage.ru_stime) * 1e6)
os.write(1, json.dumps(used).encode())
os._exit(0)
"""


def run_parent(number, api_url):
    """What each of its servers really used, by the kernel's own account."""
    words = []
    for i in range(SERVERS_A_PARENT):
        index = number * SERVERS_A_PARENT + i
        words += [f"u{index}", str(0.6 + index * 0.137 % 0.6)]
    environment = {"PATH": os.environ["PATH"], "JUPYTERHUB_API_URL": api_url}
    done = subprocess.run([sys.executable, "-c", PARENT, SERVER, *words], env=environment, check=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


@contextlib.contextmanager
def busy_machine():
    """Somebody else who wants every processor."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
              for _ in range(os.cpu_count())]
    started.extend(others)
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def booked(spool):
    """CPU of every user in the spool, in microseconds."""
    dump = subprocess.run([program("hubmeter-collector"), f"--dump-spool={spool}", "--rows"],
                          check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    header = dump[0].split("\t")
    sums = {}
    for line in dump[1:]:
        row = dict(zip(header, line.split("\t")))
        sums[row["user"]] = sums.get(row["user"], 0) + int(row["cpu_used_usec"])
    return sums


def test_the_last_second_is_theirs(directory):
    api_url = f"http://127.0.0.1/hub/api/{os.path.basename(directory)}"
    nowhere = types.SimpleNamespace(kafka="127.0.0.1:1")
    meter = collector(nowhere, directory, "ends", "n1", api_url, "--shutdown-timeout=1s")
    meter.start()
    used = {}
    with busy_machine():
        for number in range(PARENTS):
            used.update(run_parent(number, api_url))
        assert meter.terminate() == 0  # before the others end, under the same grandparent
    found = booked(f"{directory}/spool-n1")
    off = {user: found.get(user, 0) - usec for user, usec in used.items()}
    worst = sorted(off.items(), key=lambda item: -abs(item[1]))[:10]
    late = sum(abs(usec) > 25_000 for usec in off.values())
    print(f"{len(used)} servers, {sum(used.values())} us used, {sum(off.values())} off in all,"
          f" {late} beyond 25 ms, worst: {worst}")
    assert not [user for user, usec in off.items() if abs(usec) > TOLERATED_USEC], worst
    assert abs(sum(off.values())) <= HELD_BACK_USEC * PARENTS + TOLERATED_USEC, "the error adds up"
    assert set(found) <= set(used), "somebody was billed who was not there"

"""The two capabilities of the collector's unit suffice for what it meters, and each is needed: the collector as
nobody, with only what is named, beside servers of root and of somebody else.
"""
import contextlib
import csv
import io
import os
import pwd
import re
import shutil
import subprocess
import tempfile

import pytest

from project import SOURCE, program

SERVER = ("/bin/sh", "-c", "while :; do :; done")
API_URL = "http://capabilities.invalid/hub/api"
STRANGER = 64123  # an account that has no name, as in containers
ACCOUNTS = {"ada": 0, "bob": STRANGER}
BOTH = ("sys_ptrace", "dac_read_search")
NOBODY = pwd.getpwnam("nobody").pw_uid

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"),
                                reason="needs root and setpriv (Debian package util-linux)")


@pytest.fixture(scope="module", autouse=True)
def servers():
    with contextlib.ExitStack() as running:
        for user, account in ACCOUNTS.items():
            server = subprocess.Popen(
                SERVER, user=account, group=account, extra_groups=[],
                env={"JUPYTERHUB_USER": user, "JUPYTERHUB_API_URL": API_URL})
            running.callback(server.wait)
            running.callback(server.kill)
        yield


@pytest.fixture
def directory():
    """Where nobody may look, with a copy of the program: the build may be in a home that is closed."""
    with tempfile.TemporaryDirectory(prefix="hubmeter-capabilities-", dir="/tmp") as path:
        os.chmod(path, 0o755)
        shutil.copy(program("hubmeter-collector"), path)
        os.mkdir(os.path.join(path, "state"), 0o700)
        yield path


def words(capabilities):
    return ",".join(["-all", *(f"+{name}" for name in capabilities)])


def meter(directory, account, capabilities, ambient=True):
    """One window as @account: ({user: CPU in microseconds}, log)."""
    state = os.path.join(directory, "state")
    os.chown(state, account, account)
    held = words(capabilities)
    done = subprocess.run(
        ["setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups", "--no-new-privs",
         f"--inh-caps={held if ambient else '-all'}", f"--ambient-caps={held if ambient else '-all'}",
         f"--bounding-set={held}", os.path.join(directory, "hubmeter-collector"), "--hub=h", "--node=n",
         f"--api-url={API_URL}", f"--spool={state}/spool", "--cgroup=", "--docker-root=", "--once",
         "--sample-interval=200ms", "--publish-interval=1s", "--memory-interval=200ms",
         "--shutdown-timeout=100ms", "--kafka.bootstrap.servers=127.0.0.1:1"],
        stderr=subprocess.PIPE, text=True, check=False, cwd="/", timeout=60)
    assert done.returncode == 1 and "stays in spool" in done.stderr, done.stderr
    dump = subprocess.run([program("hubmeter-collector"), f"--dump-spool={state}/spool", "--rows"],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    used = {}
    for row in csv.DictReader(io.StringIO(dump), delimiter="\t"):
        used[row["user"]] = used.get(row["user"], 0) + int(row["cpu_used_usec"])
    return used, done.stderr


def missing(log):
    found = re.search(r"processes_unreadable missing=(\S+)", log)
    return found[1] if found else "none"


def test_unit_names_what_is_tried_here():
    with open(os.path.join(SOURCE, "deploy/systemd/hubmeter-collector.service"), encoding="utf-8") as file:
        unit = file.read()
    for setting in ("AmbientCapabilities", "CapabilityBoundingSet"):
        held = re.search(rf"^{setting}=(.*)$", unit, re.MULTILINE)[1].split()
        assert sorted(held) == sorted(f"CAP_{name.upper()}" for name in BOTH)


def test_both_suffice(directory):
    used, log = meter(directory, NOBODY, BOTH)
    assert used.get("ada", 0) > 0 and used.get("bob", 0) > 0, log
    assert missing(log) == "none"
    assert "estimated=0" in log or "processes_unreadable" not in log


@pytest.mark.parametrize("capabilities, said", [
    ((), "CAP_SYS_PTRACE,CAP_DAC_READ_SEARCH"),
    (("sys_ptrace",), "CAP_DAC_READ_SEARCH"),
    (("dac_read_search",), "CAP_SYS_PTRACE"),
])
def test_one_does_not(directory, capabilities, said):
    used, log = meter(directory, NOBODY, capabilities)
    assert not used, log
    assert missing(log) == said


def test_container_of_root_with_both(directory):
    """As in a pod: user 0, everything dropped but the two, and no way to gain more."""
    used, log = meter(directory, 0, BOTH, ambient=False)
    assert used.get("ada", 0) > 0 and used.get("bob", 0) > 0, log


def test_container_of_root_with_none(directory):
    """What is root's own is read, and nobody else's: the two are needed there as well."""
    used, log = meter(directory, 0, (), ambient=False)
    assert "bob" not in used, log
    assert missing(log) == "CAP_SYS_PTRACE,CAP_DAC_READ_SEARCH"

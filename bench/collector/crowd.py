"""Who is metered: workloads in real cgroups, and others on the machine that are nobody's.

Each workload is a process in a cgroup of its own, called as a systemd unit is and at the same path of every tree that
counts something here, so that whatever reads cgroups finds the same ones: SLICE/UNIT-<name>.service.
"""
import contextlib
import os
import subprocess
import tempfile
import time

ROOT = "/sys/fs/cgroup"
SLICE = f"hubmeterbench{os.getpid()}.slice"
UNIT = f"hubmeterbench{os.getpid()}"
# What a Jupyter server with one kernel has, as measured: 425 mappings, 106 MiB
PIECES, PIECE_KIB = 425, 256
SECONDS = 60


def trees():
    """The kernel's trees: of version 2, and of version 1 those that count CPU and memory."""
    version_2 = [path for path in (ROOT, f"{ROOT}/unified") if os.path.exists(f"{path}/cgroup.controllers")]
    return version_2 + [f"{ROOT}/{name}" for name in ("cpuacct", "memory") if os.path.isdir(f"{ROOT}/{name}")]


def has_version_1():
    return os.path.isdir(f"{ROOT}/cpuacct")


@contextlib.contextmanager
def memory_of_jupyter():
    """The arguments of a workload that has as much."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        file.write(b"x" * (PIECES * PIECE_KIB << 10))
        file.flush()
        yield [file.name, str(PIECES), str(PIECE_KIB)]


@contextlib.contextmanager
def strangers(count):
    """Processes of nobody."""
    # pylint: disable-next=consider-using-with
    others = [subprocess.Popen(["sleep", "36000"], stdin=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield
    finally:
        end(others)


def end(processes):
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()


def remove(path):
    """A cgroup is busy until its last process is taken away."""
    deadline = time.monotonic() + SECONDS
    while os.path.isdir(path):
        try:
            os.rmdir(path)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def start_workload(command, number, api_url):
    environment = {"JUPYTERHUB_USER": f"user{number}", "JUPYTERHUB_SERVER_NAME": "", "JUPYTERHUB_API_URL": api_url}
    process = subprocess.Popen(command, env=environment)  # pylint: disable=consider-using-with
    for tree in trees():
        path = f"{tree}/{SLICE}/{UNIT}-user{number}.service"
        os.mkdir(path)
        with open(f"{path}/cgroup.procs", "w", encoding="ascii") as file:
            file.write(str(process.pid))
    return process


@contextlib.contextmanager
def workloads(command, count, api_url):
    processes = []
    try:
        for tree in trees():
            os.mkdir(f"{tree}/{SLICE}")
        for number in range(count):
            processes.append(start_workload(command, number, api_url))
        yield
    finally:
        end(processes)
        for tree in trees():
            for number in range(count):
                remove(f"{tree}/{SLICE}/{UNIT}-user{number}.service")
            remove(f"{tree}/{SLICE}")

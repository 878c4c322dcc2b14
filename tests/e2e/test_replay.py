"""A real server, recorded while it works, and metered again from the recording alone."""
import os
import shutil
import subprocess
import sys

from harness import started
from project import SOURCE, program

SECRET = "a-token-that-stays-here"
BURN = "while True: sum(range(2000))"


def replay(directory, *more):
    return subprocess.run([program("hubmeter-collector"), f"--replay={directory}", *more], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def table(done):
    assert done.returncode == 0, done.stderr
    header, *lines = (line.split("\t") for line in done.stdout.splitlines())
    return [dict(zip(header, line)) for line in lines]


def ticks(directory, sample, pid):
    with open(f"{directory}/{sample}/root/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def record(directory):
    server = subprocess.Popen([sys.executable, "-c", BURN], env={
        "JUPYTERHUB_USER": "ada", "JUPYTERHUB_SERVER_NAME": "lab", "JUPYTERHUB_API_TOKEN": SECRET})
    started.append(server)
    subprocess.run([os.path.join(SOURCE, "deploy/record-node"), directory, "4", "1"], check=True)
    server.kill()
    server.wait()
    return server.pid


def test_what_was_recorded_is_metered_again(directory):
    recording = os.path.join(directory, "recording")
    pid = record(recording)
    [row] = [row for row in table(replay(recording, "--rows")) if row["workload"].endswith(f"/{pid}")]
    tick_usec = 1_000_000 // os.sysconf("SC_CLK_TCK")
    assert int(row["cpu_used_usec"]) == (ticks(recording, 4, pid) - ticks(recording, 1, pid)) * tick_usec > 0
    assert int(row["memory_used_mib_sec"]) > 0
    assert row["server"] == "lab"

    again = table(replay(recording, "--rows"))
    assert [line for line in again if line["workload"] == row["workload"]][0] | {"stream": ""} == row | {"stream": ""}
    [node] = table(replay(recording))
    assert int(node["node_cpu_used_usec"]) >= int(row["cpu_used_usec"])
    assert subprocess.run(["grep", "-r", SECRET, recording], stdout=subprocess.PIPE).stdout == b""


def test_where_others_may_write_nothing_is_recorded(directory):
    for name in ("open", "foreign", "link"):
        recording = os.path.join(directory, name)
        os.mkdir(recording) if name != "link" else os.symlink("target", recording)
        if name == "open":
            os.chmod(recording, 0o777)
        if name == "foreign":
            if os.geteuid() != 0:
                continue
            os.chown(recording, 1234, 1234)
        done = subprocess.run([os.path.join(SOURCE, "deploy/record-node"), recording, "2", "0"],
                              stderr=subprocess.PIPE, text=True)
        assert done.returncode == 1
        assert "only you may write" in done.stderr
    assert not os.path.lexists(os.path.join(directory, "target"))


def test_what_is_no_recording_is_named(directory):
    recording = os.path.join(directory, "recording")

    def refused_without(path):
        path = os.path.join(recording, path)
        (shutil.rmtree if os.path.isdir(path) else os.remove)(path)
        done = replay(recording)
        assert done.returncode == 1
        return done.stderr

    assert "no clock that goes on in sample" in refused_without("1/clock")
    shutil.rmtree(os.path.join(recording, "1"))
    assert "no root in sample" in refused_without("2/root")
    shutil.rmtree(os.path.join(recording, "2"))
    assert "holds 1 samples" in refused_without("3")
    assert "can't open recording" in refused_without("../recording")

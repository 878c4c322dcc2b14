"""What a command costs: wall time, its own CPU time, PostgreSQL's meanwhile, and the most memory it had."""
import os
import statistics
import subprocess
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")


class Spent:
    """Of one run. Seconds; memory in bytes; what it said."""

    def __init__(self, wall, cpu, server_cpu, memory, said):
        self.wall, self.cpu, self.server_cpu, self.memory = wall, cpu, server_cpu, memory
        self.output, self.log = said

    def figure(self, name):
        """The figure that it printed behind @name and a tab."""
        return int(next(line.split("\t")[1] for line in self.output.splitlines() if line.startswith(name + "\t")))


def stat_of(pid):
    """The fields of /proc/PID/stat from the state on, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


class Server:
    """PostgreSQL as a whole: the postmaster, its children, and those that have ended."""

    def __init__(self, services):
        with open(os.path.join(services.directory, "postgres.pid"), encoding="ascii") as file:
            self.pid = int(file.read().split()[0])

    def cpu(self):
        own = stat_of(self.pid)
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as file:
            children = [stat_of(pid) for pid in file.read().split()]
        ticks = sum(int(field) for field in own[11:15])  # user, system, and both of children that ended
        return (ticks + sum(int(stat[11]) + int(stat[12]) for stat in children if stat)) / TICK


class NoServer:
    def cpu(self):
        return 0


def spend(command, server=NoServer(), **options):
    """Run @command to its end."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as log:
        before = server.cpu()
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=log, **options)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:  # nothing is left behind
            process.kill()
            raise
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        server_cpu = server.cpu() - before
        said = []
        for file in (output, log):
            file.seek(0)
            said.append(file.read().decode())
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with {process.returncode}: {said[1][-2000:]}")
        return Spent(wall, usage.ru_utime + usage.ru_stime, server_cpu, usage.ru_maxrss * 1024, said)


def median(runs, figure):
    """@figure: a function of a run."""
    return statistics.median(figure(run) for run in runs)


def spread(figures):
    """Median, and in brackets from the least to the most."""
    return f"{statistics.median(figures):.2f} ({min(figures):.2f} to {max(figures):.2f})"


def say_goals(goals):
    """@goals: (what, figures of the rounds, at least)."""
    for what, figures, least in goals:
        kept = "kept" if statistics.median(figures) >= least else "MISSED"
        print(f"      {what:52}{spread(figures):>26}  at least {least:g}  {kept}", flush=True)

"""What the end-to-end tests share: private services, our programs as processes, and the oracle.

Nothing here knows expected figures: the oracle reads what the collectors' spools recorded.
"""
import os
import subprocess
import sys

from project import SOURCE, program

started = []  # every process of ours, so that a failing test leaves none behind

QUANTITIES = (
    "cpu_used_usec", "cpu_reserved_usec", "cpu_billable_usec",
    "memory_used_mib_sec", "memory_reserved_mib_sec", "memory_billable_mib_sec",
    "gpu_used_msec", "gpu_reserved_msec", "gpu_billable_msec",
    "storage_mib_sec", "net_rx_bytes", "net_tx_bytes", "wall_msec",
)


# What a node says of itself: column of --dump-spool -> column of usage.node_slot.
NODE_FIGURES = {
    "node_cpu_used_usec": "cpu_used_usec", "node_cpu_system_usec": "cpu_system_usec",
    "node_memory_used_mib_sec": "memory_used_mib_sec", "node_memory_system_mib_sec": "memory_system_mib_sec",
    "node_cpu_measured_usec": "cpu_measured_usec", "node_cpu_steal_usec": "cpu_steal_usec",
    "node_memory_measured_mib_sec": "memory_measured_mib_sec",
}


def end_started():
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


class Services:
    """A private PostgreSQL and Kafka through deploy/local/services."""

    def __init__(self, directory, *options):
        self.directory = directory
        self.script = os.path.join(SOURCE, "deploy/local/services")
        for line in self.run("start", *options).splitlines():
            name, value = line.removeprefix("export ").split("=", 1)
            os.environ[name] = value.strip("'\"")
        self.postgres = os.environ["HUBMETER_POSTGRES"]
        self.kafka = os.environ["HUBMETER_KAFKA"]

    def run(self, *arguments):
        return subprocess.run([self.script, *arguments, "--dir", self.directory], check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def crash(self, name):
        """End it as a power cut of the process would, and start it again on the same ports."""
        self.run("kill", name)
        self.run("restart", name)

    def clean(self):
        self.run("clean")

    def sql(self, query):
        """Rows of @query as lists of text; raises CalledProcessError while the server is away."""
        done = subprocess.run(["psql", self.postgres, "-X", "-A", "-t", "-q", "-F", "\t",
                               "-v", "ON_ERROR_STOP=1", "-c", query],
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def cli(self, *arguments, **options):
        return subprocess.run([program("hubmeter"), f"--postgres={self.postgres}",
                               f"--kafka.bootstrap.servers={self.kafka}", *arguments],
                              check=options.pop("check", True), text=True,
                              stdout=subprocess.PIPE, **options)


class Program:
    """One of our daemons: start, crash, end; stderr goes to a log that failures print."""

    def __init__(self, name, log, *arguments):
        self.command = [program(name), *arguments]
        self.log = log
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        started.append(self.process)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def crash(self):
        self.kill()
        self.start()

    def terminate(self, seconds=40):
        self.process.terminate()
        return self.process.wait(timeout=seconds)

    def alive(self):
        return self.process is not None and self.process.poll() is None


def collector(services, directory, hub, node, api_url, *more):
    return Program("hubmeter-collector", os.path.join(directory, f"collector-{node}.log"),
                   f"--hub={hub}", f"--node={node}", f"--spool={directory}/spool-{node}",
                   "--spool-archive=yes", "--spool-segment-size=64KiB",
                   f"--api-url={api_url}", "--sample-interval=250ms", "--publish-interval=1s",
                   "--memory-interval=500ms", "--shutdown-timeout=20s",
                   f"--kafka.bootstrap.servers={services.kafka}", *more)


def aggregator(services, directory, *more, name="aggregator"):
    conninfo = services.postgres.replace("user=postgres", "user=hm_aggregator")
    return Program("hubmeter-aggregator", os.path.join(directory, f"{name}.log"),
                   f"--postgres={conninfo}", f"--kafka.bootstrap.servers={services.kafka}",
                   "--kafka.session.timeout.ms=1500", "--kafka.heartbeat.interval.ms=300",
                   "--flush-interval=200ms", *more)


def spool_records(directory):
    """Every record that a spool ever recorded, oldest first, as dictionaries."""
    dump = subprocess.run([program("hubmeter-collector"), f"--dump-spool={directory}"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    header = dump[0].split("\t")
    return [dict(zip(header, line.split("\t"))) for line in dump[1:]]


def spool_sums(records, figures=QUANTITIES):
    return {q: sum(int(record[q]) for record in records) for q in figures}


def database_sums(services, node, node_figures=()):
    """Last sequence and sums of every quantity, and of some of NODE_FIGURES, of one node that is alone in the
    database."""
    figures = (*QUANTITIES, *node_figures)
    columns = ", ".join([f"coalesce(sum({q}), 0)" for q in QUANTITIES]
                        + [f"(SELECT sum({NODE_FIGURES[f]}) FROM usage.node_slot)" for f in node_figures])
    [row] = services.sql(f"SELECT (SELECT coalesce(max(sequence), 0) FROM ingest.watermark), {columns}"
                         " FROM usage.slot JOIN usage.workload USING (workload_id)"
                         f" JOIN usage.node n USING (node_id) WHERE n.name = '{node}'")
    return int(row[0]), {q: int(value) for q, value in zip(figures, row[1:])}


def watermarks(services):
    """stream (hex) -> last sequence in the database."""
    return {stream: int(sequence) for stream, sequence in
            services.sql("SELECT encode(stream, 'hex'), sequence FROM ingest.watermark")}


class People:
    """Real processes with JUPYTERHUB_USER that burn CPU until told to end, and say how much; with REST: a part of it,
    so that many seconds leave the machine to others."""

    BURN = ("import os,resource,signal,sys\n"
            "end=[]\n"
            "signal.signal(signal.SIGTERM,lambda *a: end.append(1))\n"
            "while not end: sum(range(20000))\n"
            "u=resource.getrusage(resource.RUSAGE_SELF)\n"
            "print(round((u.ru_utime+u.ru_stime)*1e6),flush=True)\n"
            "os._exit(0)\n")
    REST = BURN.replace("sum(range(20000))", "(sum(range(20000)), select.select([], [], [], .02))"
                        ).replace("import os", "import os,select")

    def __init__(self, api_url, work=BURN):
        self.api_url = api_url
        self.work = work
        self.running = []
        self.said_usec = {}
        self.count = 0

    def start(self, user):
        environment = dict(os.environ, JUPYTERHUB_USER=user, JUPYTERHUB_SERVER_NAME="",
                           JUPYTERHUB_API_URL=self.api_url)
        process = subprocess.Popen([sys.executable, "-c", self.work], env=environment,
                                   stdout=subprocess.PIPE, text=True)
        started.append(process)
        self.count += 1
        self.running.append((user, process))

    def end_oldest(self):
        if not self.running:
            return
        user, process = self.running.pop(0)
        process.terminate()
        said = int(process.communicate(timeout=30)[0])
        self.said_usec[user] = self.said_usec.get(user, 0) + said

    def end_all(self):
        while self.running:
            self.end_oldest()


def sums(services, hub):
    """Of every quantity of the hub, as stored."""
    [row] = services.sql(f"SELECT {', '.join(f'coalesce(sum({q}), 0)' for q in QUANTITIES)} FROM usage.slot"
                         f" JOIN usage.hub USING (hub_id) WHERE name = '{hub}'")
    return dict(zip(QUANTITIES, map(int, row)))


def account(services, hub):
    """taken, duplicates and quarantined of the topic."""
    [row] = services.sql("SELECT coalesce(sum(taken), 0), coalesce(sum(duplicates), 0), coalesce(sum(quarantined), 0)"
                         f" FROM ingest.partition WHERE topic = 'usage.{hub}.v1'")
    return [int(value) for value in row]

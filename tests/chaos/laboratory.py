"""What schedules run on: services that stay, and for each schedule a database, topics and programs of its own."""
import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import threading

from harness import Program, Services

import cluster
from project import BUILD, SOURCE
from kafka_proxy import KafkaLine
from proxy import PostgresLine, Proxy
from wait import pause, wait_for

AGGREGATORS = 3  # at most at a time
DISK_MIB = 640   # of PostgreSQL's own file system, which a fault fills
GENERATOR = os.path.join(BUILD, "tests/generate")
KAFKA_CLIENT = os.path.join(SOURCE, "deploy/local/kafka-client.py")


def topic_of(hub):
    return f"usage.{hub}.v1"


def postgres_user():
    """Whom deploy/local/services has PostgreSQL run as when we are root."""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


class Site:
    """Kafka, PostgreSQL on a small disk (where we may mount one), and a proxy before each for each aggregator."""

    def __init__(self, directory):
        self.directory = directory
        self.services_directory = os.path.join(directory, "services")
        self.disk = None
        os.makedirs(self.services_directory)
        self.mount_disk()
        self.kafka_proxies = [Proxy(KafkaLine) for _ in range(AGGREGATORS)]
        try:
            with cluster.kept("migrated") as data:
                self.services = Services(self.services_directory, "--no-sync", "--copy-of", data,
                                         *(f"--proxy={proxy.port}" for proxy in self.kafka_proxies))
        except subprocess.CalledProcessError:
            subprocess.run([cluster.SERVICES, "clean", "--dir", self.services_directory], check=True)
            self.unmount_disk()
            raise
        port = int(self.services.postgres.split("port=")[1].split()[0])
        self.proxies = [Proxy(PostgresLine, port) for _ in range(AGGREGATORS)]
        with open(os.path.join(self.services_directory, "kafka/ports"), encoding="ascii") as file:
            for proxy, port in zip(self.kafka_proxies, file.read().split()[2:], strict=True):
                proxy.target_port = int(port)
        self.lock = {name: threading.Lock() for name in ("postgres", "kafka", "disk")}

    def mount_disk(self):
        disk = os.path.join(self.services_directory, "disk")
        os.mkdir(disk)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=755", "hubmeter-chaos", disk]
        if os.getuid() != 0 or subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            return
        self.disk = disk
        home = os.path.join(disk, "home")
        os.mkdir(home)
        shutil.chown(home, postgres_user())
        with open(os.path.join(self.services_directory, "postgres.home"), "w", encoding="utf-8") as file:
            file.write(home + "\n")

    def close(self):
        for proxy in self.proxies + self.kafka_proxies:
            proxy.close()
        self.services.clean()
        self.unmount_disk()

    def unmount_disk(self):
        if self.disk:
            subprocess.run(["umount", self.disk], check=True)

    def pid(self, name):
        """Of a service; None: it does not answer."""
        done = subprocess.run([self.services.script, "status", "--dir", self.services_directory], check=False,
                              stdout=subprocess.PIPE, text=True)
        line = next(line for line in done.stdout.splitlines() if line.startswith(name))
        return int(line.split(" pid=")[1].split()[0]) if " pid=" in line else None

    def conninfo(self, database):
        return self.services.postgres.replace("dbname=hubmeter", f"dbname={database}")

    def sql(self, database, query):
        """Rows as lists of text; raises CalledProcessError while the server is away."""
        done = subprocess.run(["psql", self.conninfo(database), "-XAtq", "-F", "\t", "-P", "null=\\N",
                               "-v", "ON_ERROR_STOP=1", "-c", query], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def kafka(self, *words, check=True):
        done = subprocess.run([KAFKA_CLIENT, words[0], self.services.kafka, *map(str, words[1:])], check=check,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return done.returncode == 0, done.stdout

    def topics(self):
        """name -> number of partitions"""
        lines = self.kafka("topics")[1].splitlines()
        return {name: int(count) for name, count in map(str.split, lines) if name.startswith("usage.")}

    def repair(self):
        """Whatever a schedule left behind: both services run."""
        for name in "postgres", "kafka":
            if self.pid(name) is None:
                self.services.run("restart", name)


class Generator:
    """tests/chaos/generate: one command at a time, answered by ok."""

    def __init__(self, kafka, ledger, seed, day, interval, log):
        self.lock = threading.Lock()
        with open(log, "w", encoding="utf-8") as file:
            self.process = subprocess.Popen(
                [GENERATOR, kafka, ledger, f"--seed={seed}", f"--day={day}", f"--interval={interval}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True, bufsize=1)

    def tell(self, *words):
        with self.lock:
            print(*words, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        if answer != "ok\n":
            raise RuntimeError(f"generate ended at: {' '.join(map(str, words))}")

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Aggregator(Program):
    """One of the members of a schedule's group."""

    def __init__(self, number, conninfo, proxy, kafka_proxy, group, log, options):
        through = re.sub(r"port=\d+", f"port={proxy.port}", conninfo).replace("user=postgres", "user=hm_aggregator")
        super().__init__("hubmeter-aggregator", log, f"--postgres={through}",
                         f"--kafka.bootstrap.servers=127.0.0.1:{kafka_proxy.port}", f"--group-id={group}",
                         "--kafka.session.timeout.ms=1500", "--kafka.heartbeat.interval.ms=300",
                         "--kafka.topic.metadata.refresh.interval.ms=1000", *options)
        self.number = number
        self.proxy = proxy
        self.kafka_proxy = kafka_proxy
        self.wanted = False   # it is meant to run
        self.ended = []       # statuses of those that nobody asked to end
        self.left = []        # and of those that were asked
        self.lock = threading.Lock()

    def start(self):
        with self.lock:
            self.wanted = True
            if not self.alive():  # another fault was faster
                super().start()

    def kill(self):
        with self.lock:
            self.note_end()
            self.wanted = False
            super().kill()

    def signal(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def await_partitions(self, seconds=10):
        """Has it become an owner?"""
        def look():
            with open(self.log, encoding="utf-8", errors="replace") as log:
                return re.search(r"event=assigned partitions=[1-9]", log.read())
        try:
            return wait_for("an assignment", look, seconds)
        except AssertionError:
            return None

    def note_end(self):
        """Nobody asked it to end."""
        if self.wanted and self.process.poll() is not None:
            self.ended.append(self.process.returncode)

    def leave(self, seconds=30):
        """As told by SIGTERM."""
        with self.lock:
            self.note_end()
            if not self.wanted or not self.alive():
                return
            self.wanted = False
            self.signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.left.append(self.process.wait(timeout=seconds))
            except subprocess.TimeoutExpired:
                self.left.append("never")
                self.process.kill()
                self.process.wait()


def await_topics(site, wanted):
    wait_for("topics", lambda: site.topics() == wanted, 30)


def fill_disk(site, seconds):
    """No room for PostgreSQL, for a time."""
    filler = os.path.join(site.disk, "filler")
    with site.lock["disk"]:
        with open(filler, "wb") as file:
            take_all_room(file.fileno())
        pause(seconds)
        os.unlink(filler)
    with site.lock["postgres"]:
        if site.pid("postgres") is None:  # it panicked, and does not come back where it cannot write
            site.services.run("restart", "postgres")


def take_all_room(file):
    """Pieces of half the size until not a page is left."""
    size, at = DISK_MIB << 20, 0
    while size >= 4096:
        try:
            os.posix_fallocate(file, at, size)
            at += size
        except OSError:
            size //= 2

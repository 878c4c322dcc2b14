"""How the aggregator goes on when there is more of everything: `bench/run scaling`.

Each figure is of one run, on a machine that others may use meanwhile: CPU time carries over, wall time says only what
is slower than what.
"""
import contextlib
import importlib.util
import os
import subprocess
import time

from fleet import Fleet, drop_topic, forget, make_topic
from flushes import page
from harness import aggregator
from project import BUILD, SOURCE
from spent import Server, Spent, spend, stat_of
from stages import TOPIC, commands, commit
from wait import pause, wait_for

MIB = 2**20
CAPS = (128, 256, 512, 1024)  # MiB of --flush-memory
NEVER = ["--flush-interval=1h", "--flush-keys=1000000000"]
PARTITIONS = 12
LIVE_SECONDS = 20


@contextlib.contextmanager
def topic_of(services, fleet, batches, *more, partitions=PARTITIONS):
    make_topic(services, TOPIC, partitions)
    try:
        fleet.send(services, TOPIC, batches, *more)
        yield
    finally:
        drop_topic(services, TOPIC)


def figures_of(run, rows):
    return (f"{rows / run.wall / 1e6:8.3f} M rows/s of wall time, {run.cpu / rows * 1e9:7.0f} ns a row,"
            f" PostgreSQL {run.server_cpu / rows * 1e9:7.0f}, {run.commits} commits of"
            f" {run.written / max(run.commits, 1):.0f} slots")


def memory(services, directory, server, keys):
    """How much a key takes, what cap holds them all, and one commit of all of them."""
    fleet = Fleet(f"{-(-keys // 100)}:15", 100)
    ours = aggregator(services, directory, "--exit-when-caught-up", *NEVER).command
    enough = None
    with topic_of(services, fleet, fleet.nodes):
        print(f"  memory: {fleet.said()}", flush=True)
        for cap in CAPS:
            run = spend([os.path.join(BUILD, "bench/without_postgres"), "add", *ours[1:], f"--flush-memory={cap}MiB"])
            commits = run.figure("commits")
            print(f"    --flush-memory={cap}MiB: {commits} commits; gathered at most"
                  f" {run.figure('bytes') / MIB:.0f} MiB; resident {run.memory / MIB:.0f} MiB, Kafka's client included",
                  flush=True)
            if commits == 1 and not enough:
                enough = cap
                print(f"      one commit has all: {run.figure('bytes') / run.figure('keys'):.0f} bytes for each of"
                      f" {run.figure('keys')} slots, workloads and node slots")
        for cap in (CAPS[0], enough or CAPS[-1]):
            run = commit(services, server, [*ours, f"--flush-memory={cap}MiB"], fleet.nodes)
            print(f"    committed with {cap} MiB: {run.wall:.1f} s, resident {run.memory / MIB:.0f} MiB,"
                  f" {figures_of(run, fleet.nodes * fleet.rows)}", flush=True)


def live(services, directory, server, nodes):
    """As things are when nothing is behind, and after an hour without an aggregator."""
    fleet = Fleet(f"{nodes}:60", 100)
    rate = -(-nodes // 60)
    forget(services)
    make_topic(services, TOPIC, PARTITIONS)
    program = aggregator(services, directory, "--flush-interval=1s", "--metrics-listen=127.0.0.1:0", name="live")
    try:
        program.start()
        wait_for("its partitions", lambda: "event=assigned" in read(program.log) and page(program.log))
        clock = (~program.process.pid << 3) | 2
        before, server_before = time.clock_gettime_ns(clock), server.cpu()
        fleet.send(services, TOPIC, rate * LIVE_SECONDS, f"--per-second={rate}")
        cpu, server_cpu = (time.clock_gettime_ns(clock) - before) / 1e9, server.cpu() - server_before
    finally:
        if program.process:
            program.terminate()
        drop_topic(services, TOPIC)
    print(f"  live: {nodes} nodes of 100 workloads, a batch a minute each, {rate * 100} rows a second, for"
          f" {LIVE_SECONDS} s: {cpu / LIVE_SECONDS * 100:.1f} % of a core, PostgreSQL"
          f" {server_cpu / LIVE_SECONDS * 100:.1f} %")
    with topic_of(services, fleet, nodes * 60):
        run = commit(services, server, commands(services, directory, [])["d"], nodes * 60)
    print(f"    an hour of it is caught up in {run.wall:.1f} s: {3600 / run.wall:.0f} times the live rate (goal: 5);"
          f" {figures_of(run, nodes * 60 * fleet.rows)}", flush=True)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def broker_cpu(services):
    with open(os.path.join(services.directory, "kafka/pid"), encoding="ascii") as file:
        stat = stat_of(int(file.read().split()[0]))
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def together(services, directory, server, batches, count):
    """@count aggregators that begin at once: Spent, until the last of it is committed."""
    forget(services)
    programs = [aggregator(services, directory, "--flush-interval=1s", name=f"member-{number}")
                for number in range(count)]
    before, kafka_before, began = server.cpu(), broker_cpu(services), time.monotonic()
    for program in programs:
        program.start()

    def is_done():
        pause(0.2)
        return services.sql(f"SELECT 1 FROM ingest.partition HAVING sum(taken) = {batches}")

    try:
        wait_for("all of it", is_done, 600)
        wall = time.monotonic() - began
        cpu = sum(time.clock_gettime_ns((~program.process.pid << 3) | 2) for program in programs) / 1e9
        run = Spent(wall, cpu, server.cpu() - before, 0, ("", ""))
        run.broker_cpu = broker_cpu(services) - kafka_before
        return run
    finally:
        for program in programs:
            program.terminate()


def members(services, directory, server, batches):
    """1, 2 and 3 aggregators over 12 partitions."""
    fleet = Fleet("100:15", 100)
    print(f"  aggregators over {PARTITIONS} partitions: {fleet.said()}; {batches} batches, {os.cpu_count()} cores")
    with topic_of(services, fleet, batches):
        for count in (1, 2, 3):
            run = together(services, directory, server, batches, count)
            share = (run.cpu, run.server_cpu, run.broker_cpu)
            print(f"    {count}: {batches * 100 / run.wall / 1e6:.3f} M rows/s; cores: aggregators"
                  f" {share[0] / run.wall:.2f}, PostgreSQL {share[1] / run.wall:.2f}, Kafka {share[2] / run.wall:.2f},"
                  f" together {sum(share) / run.wall:.2f} of {os.cpu_count()}", flush=True)


def kafka_client():
    spec = importlib.util.spec_from_file_location("kafka_client", os.path.join(SOURCE, "deploy/local/kafka-client.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def topics(services, directory, server, batches, counts):
    """The same batches in ever more topics of one partition."""
    client = kafka_client()
    for count in counts:
        fleet = Fleet(f"{max(count, 100)}:15", 100)
        names = [f"usage.bench-{number}.v1" for number in range(count)] if count > 1 else [TOPIC]
        for name in names:
            client.create_topic(services.kafka, name, 1)
        fleet.send(services, TOPIC, batches, f"--hubs={count}")
        ours = commands(services, directory, [])["d"]
        run = commit(services, server, ours, batches)
        nothing = spend(ours, server)
        print(f"  {count} topics: {fleet.keys()} keys: {figures_of(run, batches * 100)};"
              f" begins and ends in {nothing.wall:.2f} s, {nothing.cpu:.2f} s of CPU", flush=True)
        for name in names:
            client.delete_topic(services.kafka, name)


def rows_a_batch(services, directory, server, rows_of_all):
    """1 to 1,000, always of 10,000 keys."""
    for rows in (1, 10, 100, 1000):
        fleet = Fleet(f"{10000 // rows}:15", rows)
        batches = rows_of_all // rows
        with topic_of(services, fleet, batches):
            run = commit(services, server, commands(services, directory, [])["d"], batches)
        print(f"  {rows} rows a batch: {figures_of(run, rows_of_all)}", flush=True)


def fresh_names(services, directory, server, batches):
    """Workloads that nobody has seen before, of a hundred."""
    fleet = Fleet("10:15", 100)
    for percent in (0, 10, 100):
        with topic_of(services, fleet, batches, f"--fresh={percent}"):
            run = commit(services, server, commands(services, directory, [])["d"], batches)
        print(f"  {percent} % of rows of new workloads: {figures_of(run, batches * 100)}", flush=True)


def scaling(services, directory, batches, keys):
    server = Server(services)
    memory(services, directory, server, keys)
    live(services, directory, server, 200)
    members(services, directory, server, batches)
    rows_a_batch(services, directory, server, batches * 25)
    fresh_names(services, directory, server, batches // 10)
    topics(services, directory, server, batches, (10, 100, 1000))

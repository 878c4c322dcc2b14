"""What others would use, on the same broker and database, in turn: the third part of `bench/run aggregator`.

None of them does what hubmeter-aggregator does (LEFT_OUT). Kafka Connect with Debezium's JDBC sink is given one message
a row, split over slots and all names resolved, of which it need only upsert each; larger batches, statements of
several rows and its reduction buffer did not make it faster. Each takes fewer rows than we do, so figures are by the
row; the JVM is warm before it is measured.
"""
import contextlib
import json
import os
import subprocess
import time

from fleet import Fleet, drop_topic, make_topic
from harness import started
from project import BUILD, SOURCE
from spent import Server, Spent, median, say_goals, spend
from stages import PARTITIONS, TOPIC, commands, commit
from wait import pause, wait_for

FILES = os.path.join(SOURCE, "bench/aggregator/peers")
ROWS_TOPIC = "bench-rows"
FLEET = "100:15"
KEY = "hub_id,slot_start,workload_id,class_id"
LAST = 1 << 40  # of workloads: behind all others
WARM_UP = 20000
BATCHES_OF_PYTHON = 3000
ROWS_OF_SINK = 50000
OURS, PYTHON, SINK = "hubmeter-aggregator", "a user's consumer in Python", "Debezium's JDBC sink"
AT_LEAST = {PYTHON: 20, SINK: 50}
LEFT_OUT = {PYTHON: "counts twice after a crash; drops no duplicate, sees no gap, splits no window over slots, checks"
                    " nothing, keeps no users, tags or nodes; one bad message stops it",
            SINK: "overwrites instead of adding up; rows come split and named already; drops no duplicate, sees no gap,"
                  " checks nothing, keeps no nodes"}


def fetch(name):
    """The lines that peers/fetch prints, or None and it said why not."""
    done = subprocess.run([os.path.join(FILES, "fetch"), name], text=True, stdout=subprocess.PIPE, check=False)
    if done.returncode == 0:
        return done.stdout.splitlines()
    print(f"  peers: no {name}: it is not to be had here (see above), and left out", flush=True)
    return None


def schema(services):
    """Of the messages of rows.py, for Connect, so that they need not carry it."""
    columns = services.sql("SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
                           " WHERE attrelid = 'bench_sink'::regclass AND attnum > 0 ORDER BY attnum")
    types = {"integer": {"type": "int32"}, "bigint": {"type": "int64"}, "timestamp with time zone": {
        "type": "int64", "name": "org.apache.kafka.connect.data.Timestamp", "version": 1}}
    return json.dumps({"type": "struct", "fields": [{"field": name, **types[of]} for name, of in columns]})


def settings(services, directory):
    """Files of the worker and of its connector."""
    port = next(word for word in services.postgres.split() if word.startswith("port="))[5:]
    worker = {
        "bootstrap.servers": services.kafka, "listeners": "http://127.0.0.1:0",
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schema.content": schema(services),
        "offset.storage.file.filename": os.path.join(directory, "connect.offsets")}
    sink = {
        "name": "bench", "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector", "topics": ROWS_TOPIC,
        "connection.url": f"jdbc:postgresql://127.0.0.1:{port}/hubmeter", "connection.username": "postgres",
        "connection.password": "none", "insert.mode": "upsert", "primary.key.mode": "record_value",
        "primary.key.fields": KEY, "schema.evolution": "none", "collection.name.format": "bench_sink"}
    paths = []
    for name, of in (("worker", worker), ("sink", sink)):
        paths.append(os.path.join(directory, f"{name}.properties"))
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in of.items())
    return paths


class Sink:
    """A standalone Kafka Connect that runs until it is ended."""

    def __init__(self, services, directory, java, class_path, python):
        self.services, self.python, self.last = services, python, LAST
        services.run("topic", ROWS_TOPIC, "1")
        services.sql(f"CREATE TABLE bench_sink (LIKE usage.slot, PRIMARY KEY ({KEY}))")
        with open(os.path.join(directory, "connect.log"), "wb") as log:
            self.process = subprocess.Popen([java, "-Xms256m", "-Xmx2g", "-cp", class_path,  # Kafka's own defaults
                                             "org.apache.kafka.connect.cli.ConnectStandalone",
                                             *settings(services, directory)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory)
        started.append(self.process)

    def is_through(self):
        if self.process.poll() is not None:
            raise RuntimeError("Kafka Connect ended: see connect.log")
        pause(0.5)  # to ask costs the server more than the sink's own statements
        return self.services.sql(f"SELECT 1 FROM bench_sink WHERE workload_id = {self.last}")

    def take(self, keys, count, server):
        """Spent on @count rows, from when they are being sent; without the JVM's memory, which is given."""
        self.last += 1
        clock = (~self.process.pid << 3) | 2  # the process's CPU time
        before, server_before = time.clock_gettime_ns(clock), server.cpu()
        began = time.monotonic()
        subprocess.run([self.python[0], os.path.join(FILES, "rows.py"), self.services.kafka, ROWS_TOPIC, str(keys),
                        str(count), str(self.last)], check=True)
        wait_for("the JDBC sink", self.is_through, 600)
        wall = time.monotonic() - began
        return Spent(wall, (time.clock_gettime_ns(clock) - before) / 1e9, server.cpu() - server_before, 0, ("", ""))

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.services.sql("DROP TABLE bench_sink")
        drop_topic(self.services, ROWS_TOPIC)


def of_python(services, server, python, fleet, number):
    """Of a group of its own, so that it begins with the first message."""
    services.sql("DROP TABLE IF EXISTS user_slot")
    services.sql("CHECKPOINT")
    batches = BATCHES_OF_PYTHON
    script = os.path.join(FILES, "user_consumer.py")
    run = spend([python[0], script, services.kafka, TOPIC, services.postgres, str(batches), f"user-{number}"], server,
                env={**os.environ, "PYTHONPATH": python[1]})
    [[keys]] = services.sql("SELECT count(*) FROM user_slot")
    if int(keys) != fleet.keys():
        raise RuntimeError(f"the consumer in Python made {keys} keys of {fleet.keys()}")
    return run


def say(rows, runs):
    """@rows: {name: of a run}."""
    print("  beside what others would use, K rows a second")
    print(f"    {'':34}{'rows':>10}{'of wall':>10}{'of CPU':>10}{'of CPU, PostgreSQL included':>30}")
    for name in runs[0]:
        speeds = [median([run[name] for run in runs], of) for of in speeds_of(rows[name])]
        print(f"    {name:34}{rows[name]:10}{speeds[0]:10.1f}{speeds[1]:10.1f}{speeds[2]:30.1f}")
    for name in list(runs[0])[1:]:
        print(f"    {name}: {LEFT_OUT[name]}")
        of_both = zip(("wall", "CPU", "CPU with PostgreSQL"), speeds_of(rows[OURS]), speeds_of(rows[name]))
        say_goals((f"we are so many times as fast, {what}", [ours(run[OURS]) / theirs(run[name]) for run in runs],
                   AT_LEAST[name]) for what, ours, theirs in of_both)


def speeds_of(rows):
    """Functions of a run: thousands of rows a second of wall time, of CPU time, of all CPU time."""
    return (lambda run: rows / run.wall / 1e3, lambda run: rows / run.cpu / 1e3,
            lambda run: rows / (run.cpu + run.server_cpu) / 1e3)


def beside_peers(services, directory, rows, batches, rounds):
    """[{name: Spent}] of the rounds; printed. Nothing where no peer is to be had."""
    python, connect = fetch("python"), fetch("connect")
    if not python:
        return []
    fleet = Fleet(FLEET, rows)
    server = Server(services)
    ours = commands(services, directory, fleet.thresholds())["d"]
    with contextlib.ExitStack() as stack:
        make_topic(services, TOPIC, PARTITIONS)
        stack.callback(drop_topic, services, TOPIC)
        fleet.send(services, TOPIC, batches)
        sink = Sink(services, directory, *connect, python) if connect else None
        if sink:
            stack.callback(sink.end)
            sink.take(fleet.keys(), WARM_UP, server)
        runs = []
        for number in range(rounds):
            run = {OURS: commit(services, server, ours, batches),
                   PYTHON: of_python(services, server, python, fleet, number)}
            if sink:
                run[SINK] = sink.take(fleet.keys(), ROWS_OF_SINK, server)
            runs.append(run)
    say({OURS: batches * rows, PYTHON: BATCHES_OF_PYTHON * rows, SINK: ROWS_OF_SINK + 1}, runs)
    return runs

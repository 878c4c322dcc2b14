"""kill -9 of the collector alone, in quick succession: each life ends 0.2 to 2 s after it began, in whatever it does.

Then it is left alone, and the topic is read from its beginning: it holds what the spool recorded, record by record,
each once by (stream, sequence) but for repetitions of the same bytes; PostgreSQL holds the sums; and the people who
worked all the time have been metered what the kernel says they used.

HUBMETER_KILLS=n kills it so many times (default 12), at moments that HUBMETER_SEED draws.
"""
import os
import random
import subprocess
import time

from harness import (NODE_FIGURES, QUANTITIES, People, aggregator, collector, database_sums, spool_records, spool_sums,
                     watermarks)
from project import BUILD
from wait import pause, wait_for

HUB, NODE = "killed-often", "n1"
KILLS = int(os.environ.get("HUBMETER_KILLS", "12"))
SEED = int(os.environ.get("HUBMETER_SEED", "1"))
STEADY = ("ada", "o|neil+x@example.org", "zoë")
TICKS_USEC = 25_000  # the kernel tells both halves of a process's time in ticks of 10 ms
FIGURES = (*QUANTITIES, *NODE_FIGURES)


class Steady(People):
    """They stop working and stay until nobody meters: of an end between two samples more may be booked, namely what
    this test ran and reaped at the time."""

    def __init__(self, api_url):
        super().__init__(api_url, People.REST.replace("os._exit(0)", "signal.pause()"))

    def rest(self):
        for user, process in self.running:
            process.terminate()
            self.said_usec[user] = int(process.stdout.readline())

    def leave(self):
        for _, process in self.running:
            process.kill()
            process.wait()


def spool_directory(directory):
    return f"{directory}/spool-{NODE}"


def kill_often(meter, passing):
    """Returns how long the collector lived in all. Every few lives somebody comes or goes."""
    rng = random.Random(SEED)
    started = time.monotonic()
    for life in range(KILLS):
        pause(rng.uniform(0.2, 2.0))
        assert meter.alive(), "the collector ended by itself"
        meter.crash()
        if life % 4 == 0:
            passing.start(f"passer-{life}")
        if len(passing.running) > 2:
            passing.end_oldest()
    return time.monotonic() - started


def quiet(directory, windows=3):
    """Nobody kills: so many more windows are written."""
    before = len(spool_records(spool_directory(directory)))
    wait_for(f"{windows} windows", lambda: len(spool_records(spool_directory(directory))) >= before + windows)


def read_topic(services):
    """Every message of the topic as a dictionary."""
    done = subprocess.run([os.path.join(BUILD, "tests/consume_batches"), services.kafka, f"usage.{HUB}.v1"],
                          check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    header = done[0].split("\t")
    return [dict(zip(header, line.split("\t"))) for line in done[1:]]


def each_once(messages):
    """(stream, sequence) -> message; the same pair is the same bytes."""
    once = {}
    for message in messages:
        first = once.setdefault((message["stream"], int(message["sequence"])), message)
        assert first == message, f"two messages are {first['stream']}/{first['sequence']}"
    return once


def compare_topic_and_spool(services, directory):
    """Record by record, figure by figure. Returns how many records and how many repetitions there were."""
    messages = read_topic(services)
    sent = each_once(messages)
    records = {(record["stream"], int(record["sequence"])): record
               for record in spool_records(spool_directory(directory))}
    assert set(sent) == set(records)
    [stream] = {stream for stream, _ in records}
    assert sorted(number for _, number in records) == list(range(1, len(records) + 1)), f"a hole in {stream}"
    for pair, record in records.items():
        assert [sent[pair][figure] for figure in FIGURES] == [record[figure] for figure in FIGURES], pair
        people, system, node = (int(record[figure]) for figure in
                                ("cpu_used_usec", "node_cpu_system_usec", "node_cpu_used_usec"))
        assert people + system == node, f"{pair}: people {people} + system {system} != node {node}"
    return len(records), len(messages) - len(sent)


def compare_database(services, directory):
    records = spool_records(spool_directory(directory))
    wait_for("all of it in PostgreSQL", lambda: sum(watermarks(services).values()) == len(records), 120)
    assert database_sums(services, NODE, NODE_FIGURES)[1] == spool_sums(records, FIGURES)
    assert services.sql("SELECT * FROM ingest.gap") == []
    assert services.sql("SELECT * FROM ingest.quarantine") == []


def metered_usec(services):
    """user -> CPU of the workloads that are known to be his."""
    return {user: int(usec) for user, usec in services.sql(
        "SELECT username, sum(cpu_used_usec) FROM usage.slot JOIN usage.workload USING (workload_id)"
        " GROUP BY username")}


def test_killed_in_quick_succession(services, directory):
    services.cli("topic", "create", HUB)
    api_url = f"http://127.0.0.1/hub/api/{os.path.basename(directory)}"
    people, passing = Steady(api_url), People(api_url, People.REST)
    meter = collector(services, directory, HUB, NODE, api_url)
    meter.start()
    wait_for("a spool", lambda: os.path.exists(f"{spool_directory(directory)}/stream"))
    quiet(directory, 1)
    for user in STEADY:  # behind the first pass, which takes what was there before as not its own
        people.start(user)
    quiet(directory, 2)
    lived = kill_often(meter, passing)
    quiet(directory)
    people.rest()
    passing.end_all()
    quiet(directory)
    assert meter.terminate() == 0, "the collector did not leave in good order"
    people.leave()

    records, repeated = compare_topic_and_spool(services, directory)
    rollup = aggregator(services, directory)
    rollup.start()
    compare_database(services, directory)
    assert rollup.terminate() == 0
    metered = metered_usec(services)
    for user in STEADY:
        assert abs(metered[user] - people.said_usec[user]) <= TICKS_USEC, (user, metered, people.said_usec)
    passers = sum(usec for user, usec in metered.items() if user.startswith("passer-"))
    print(f"{KILLS} kills in {lived:.0f} s: {records} records, {repeated} repeated; steady people said"
          f" {sum(people.said_usec.values())} us, metered {sum(metered[user] for user in STEADY)} us;"
          f" {passing.count} passers said {sum(passing.said_usec.values())} us, metered {passers} us")

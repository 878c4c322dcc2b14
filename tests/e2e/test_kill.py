"""kill -9 at random moments: nothing lost, nothing doubled, integer equality.

Each schedule lets real processes work for a few seconds while it kills, at moments drawn from its
seed, the collector, the aggregator, PostgreSQL (immediate) and Kafka. Then nobody kills: all that
the spool recorded must arrive, and PostgreSQL must hold exactly its sums, quantity by quantity.

HUBMETER_SEED=n runs one schedule again; HUBMETER_SCHEDULES=n runs so many (default 10).
"""
import os
import random
import time

import pytest

from harness import (NODE_FIGURES, QUANTITIES, People, aggregator, collector, database_sums, spool_records, spool_sums,
                     watermarks)
from wait import pause, wait_for

HUB = "killed"
NODE = "n1"
UNSEEN_SECONDS = 2  # a window and a sample, a restart, and some
VICTIMS = ("collector", "aggregator", "postgres", "kafka")
SEEDS = [int(os.environ["HUBMETER_SEED"])] if "HUBMETER_SEED" in os.environ else \
    range(1, int(os.environ.get("HUBMETER_SCHEDULES", "10")) + 1)


class Site:
    """People on one node, its collector, and the aggregator."""

    def __init__(self, services, directory):
        api_url = f"http://127.0.0.1/hub/api/{os.path.basename(directory)}"
        self.services = services
        self.people = People(api_url)
        self.meter = collector(services, directory, HUB, NODE, api_url)
        self.rollup = aggregator(services, directory)
        self.spool = f"{directory}/spool-{NODE}"
        self.ends = []   # monotonic seconds at which people ended
        self.deaths = []  # and the collector was killed

    def end_oldest(self):
        self.people.end_oldest()
        self.ends.append(time.monotonic())

    def unseen_ends(self):
        """How many may have ended where no collector looked: what they did since the last record
        is the system's then, because it could be anybody's."""
        return sum(any(abs(end - death) < UNSEEN_SECONDS for death in self.deaths)
                   for end in self.ends)

    def crash(self, victim):
        if victim == "collector":
            self.deaths.append(time.monotonic())
            self.meter.crash()
        elif victim == "aggregator":
            self.rollup.crash()
        else:
            self.services.crash(victim)


@pytest.fixture(scope="module")
def site(services, directory):
    services.cli("topic", "create", HUB)
    running = Site(services, directory)
    running.meter.start()
    running.rollup.start()
    wait_for("the first window", lambda: watermarks(services))
    return running


def run_schedule(site, rng):
    """Up to six crashes, at least one, with people coming and going."""
    log = []
    for step in range(rng.randint(2, 5)):
        site.people.start(rng.choice(("ada", "ben", "o|neil+x@example.org")))
        if len(site.people.running) > 3:
            site.end_oldest()
        pause(rng.uniform(0.05, 0.7))
        victim = VICTIMS[(rng.randrange(len(VICTIMS)) + step) % len(VICTIMS)]
        log.append(victim)
        site.crash(victim)
    return log


def read_spool(spool):
    """The stream and its records, which must be numbered 1, 2, 3, ... without a hole."""
    records = spool_records(spool)
    assert records, "the spool recorded nothing"
    sequences = [int(record["sequence"]) for record in records]
    assert sequences == list(range(1, len(sequences) + 1)), f"sequences are not 1..n: {sequences}"
    [stream] = {record["stream"] for record in records}
    return stream, records


def compare(site):
    """Quiet: wait for what the spool holds now, then compare one snapshot of the database with the
    same stretch of the spool, while metering goes on. Returns how far, and the sums."""
    stream, records = read_spool(site.spool)
    wait_for(f"batch {len(records)} in PostgreSQL",
             lambda: watermarks(site.services).get(stream, 0) >= len(records), 90)
    watermark, stored = database_sums(site.services, NODE, NODE_FIGURES)
    recorded = spool_sums(read_spool(site.spool)[1][:watermark], (*QUANTITIES, *NODE_FIGURES))
    assert recorded == stored, f"spool up to {watermark} {recorded}\n  != PostgreSQL {stored}"
    return watermark, stored


def check_nothing_missing(services):
    assert services.sql("SELECT * FROM ingest.gap") == [], "a gap was recorded"
    assert services.sql("SELECT * FROM ingest.quarantine") == [], "a batch was quarantined"
    for node, resource, difference in services.sql(
            "SELECT node, resource, difference FROM report.node_reconciliation WHERE difference <> 0"):
        raise AssertionError(f"{node} {resource}: total - people - system = {difference}")


@pytest.mark.parametrize("seed", SEEDS)
def test_schedule(site, seed):
    log = run_schedule(site, random.Random(seed))
    batches, _ = compare(site)
    print(f"schedule {seed}: killed {' '.join(log)}; equal up to batch {batches}")


def test_everything_arrived_when_all_is_over(site):
    site.people.end_all()
    assert site.meter.terminate() == 0, "the collector did not leave in good order"
    batches, stored = compare(site)
    check_nothing_missing(site.services)
    assert site.rollup.terminate() == 0, "the aggregator did not leave in good order"
    said = sum(site.people.said_usec.values())
    # the end of each process is known to 25 ms; more may be booked for what the test itself ran
    unseen = site.unseen_ends() * UNSEEN_SECONDS * 1_000_000
    assert stored["cpu_used_usec"] >= said - 25_000 * site.people.count - unseen, "CPU was lost"
    print(f"{batches} batches, CPU said {said} us, metered {stored['cpu_used_usec']} us")

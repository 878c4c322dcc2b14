#!/usr/bin/env python3
"""kill -9 at random moments: nothing lost, nothing doubled, integer equality.

Each schedule lets real processes work for a few seconds while it kills, at moments drawn from its
seed, the collector, the aggregator, PostgreSQL (immediate) and Kafka. Then nobody kills: all that
the spool recorded must arrive, and PostgreSQL must hold exactly its sums, quantity by quantity.

HUBMETER_SEED=n runs one schedule again; HUBMETER_SCHEDULES=n runs so many (default 20).
"""
import os
import random

from harness import (People, aggregator, collector, database_sums, laboratory, pause,
                     spool_records, spool_sums, wait_for, watermarks)

HUB = "killed"
VICTIMS = ("collector", "aggregator", "postgres", "kafka")


def run_schedule(services, meter, rollup, people, rng):
    """Up to six crashes, at least one, with people coming and going."""
    log = []
    for step in range(rng.randint(2, 5)):
        people.start(rng.choice(("ada", "ben", "o|neil+x@example.org")))
        if len(people.running) > 3:
            people.end_oldest()
        pause(rng.uniform(0.05, 0.7))
        victim = VICTIMS[(rng.randrange(len(VICTIMS)) + step) % len(VICTIMS)]
        log.append(victim)
        {"collector": meter.crash, "aggregator": rollup.crash}.get(
            victim, lambda victim=victim: services.crash(victim))()
    return log


def read_spool(spool):
    """The stream and its records, which must be numbered 1, 2, 3, ... without a hole."""
    records = spool_records(spool)
    assert records, "the spool recorded nothing"
    sequences = [int(record["sequence"]) for record in records]
    assert sequences == list(range(1, len(sequences) + 1)), f"sequences are not 1..n: {sequences}"
    [stream] = {record["stream"] for record in records}
    return stream, records


def compare(services, spool, node):
    """Quiet: wait for what the spool holds now, then compare one snapshot of the database with the
    same stretch of the spool, while metering goes on. Returns how far, and the sums."""
    stream, records = read_spool(spool)
    wait_for(f"batch {len(records)} in PostgreSQL",
             lambda: watermarks(services).get(stream, 0) >= len(records), 90)
    watermark, stored = database_sums(services, node)
    recorded = spool_sums(read_spool(spool)[1][:watermark])
    assert recorded == stored, f"spool up to {watermark} {recorded}\n  != PostgreSQL {stored}"
    return watermark, stored


def check_nothing_missing(services):
    assert services.sql("SELECT * FROM ingest.gap") == [], "a gap was recorded"
    assert services.sql("SELECT * FROM ingest.quarantine") == [], "a batch was quarantined"
    for node, resource, difference in services.sql(
            "SELECT node, resource, difference FROM report.node_reconciliation WHERE difference <> 0"):
        raise AssertionError(f"{node} {resource}: total - people - system = {difference}")


def main():
    seeds = [int(os.environ["HUBMETER_SEED"])] if "HUBMETER_SEED" in os.environ else \
        range(1, int(os.environ.get("HUBMETER_SCHEDULES", "20")) + 1)
    with laboratory(HUB) as (services, directory):
        api_url = f"http://127.0.0.1/hub/api/{os.path.basename(directory)}"
        people = People(api_url)
        meter = collector(services, directory, HUB, "n1", api_url)
        rollup = aggregator(services, directory)
        spool = f"{directory}/spool-n1"
        meter.start()
        rollup.start()
        wait_for("the first window", lambda: watermarks(services))
        for seed in seeds:
            log = run_schedule(services, meter, rollup, people, random.Random(seed))
            batches, _ = compare(services, spool, "n1")
            print(f"schedule {seed}: killed {' '.join(log)}; equal up to batch {batches}", flush=True)
        people.end_all()
        assert meter.terminate() == 0, "the collector did not leave in good order"
        batches, stored = compare(services, spool, "n1")
        check_nothing_missing(services)
        assert rollup.terminate() == 0, "the aggregator did not leave in good order"
        said = sum(people.said_usec.values())
        # the end of each process is known to 25 ms; more may be booked for what the test itself ran
        assert stored["cpu_used_usec"] >= said - 25_000 * people.count, "CPU was lost"
        print(f"{batches} batches, CPU said {said} us, metered {stored['cpu_used_usec']} us")


if __name__ == "__main__":
    main()

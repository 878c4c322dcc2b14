#!/usr/bin/env python3
"""kill -9 at random moments: nothing lost, nothing doubled, integer equality.

Each schedule lets real processes work for a few seconds while it kills, at moments drawn from its
seed, the collector, the aggregator, PostgreSQL (immediate) and Kafka. After each, what PostgreSQL
holds up to its watermark must equal what the collector's spool recorded up to there, quantity by
quantity; in the end, when all is quiet, watermark and spool must also end at the same batch.

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


def compare_up_to_watermark(services, spool, node):
    """One snapshot of the database against the same stretch of the spool, while both go on."""
    watermark, stored = database_sums(services, node)
    _, records = read_spool(spool)
    recorded = spool_sums(records[:watermark])
    assert recorded == stored, f"spool up to {watermark} {recorded}\n  != PostgreSQL {stored}"
    return watermark


def check_conservation(services, spool, node):
    stream, records = read_spool(spool)
    wait_for("the last batch in PostgreSQL",
             lambda: watermarks(services).get(stream) == len(records), 90)
    compare_up_to_watermark(services, spool, node)
    stored = database_sums(services, node)[1]
    assert services.sql("SELECT * FROM ingest.gap") == [], "a gap was recorded"
    assert services.sql("SELECT * FROM ingest.quarantine") == [], "a batch was quarantined"
    for node_name, resource, difference in services.sql(
            "SELECT node, resource, difference FROM report.node_conservation"):
        assert float(difference) == 0, f"{node_name} {resource}: total - people - system = {difference}"
    return len(records), stored


def main():
    seeds = [int(os.environ["HUBMETER_SEED"])] if "HUBMETER_SEED" in os.environ else \
        range(1, int(os.environ.get("HUBMETER_SCHEDULES", "20")) + 1)
    with laboratory(HUB) as (services, directory):
        api_url = f"http://127.0.0.1/hub/api/{os.path.basename(directory)}"
        people = People(api_url)
        meter = collector(services, directory, HUB, "n1", api_url)
        rollup = aggregator(services, directory)
        meter.start()
        rollup.start()
        for seed in seeds:
            log = run_schedule(services, meter, rollup, people, random.Random(seed))
            before = compare_up_to_watermark(services, f"{directory}/spool-n1", "n1")
            print(f"schedule {seed}: killed {' '.join(log)}; equal up to batch {before}", flush=True)
        people.end_all()
        pause(1)
        assert meter.terminate() == 0, "the collector did not leave in good order"
        batches, stored = check_conservation(services, f"{directory}/spool-n1", "n1")
        assert rollup.terminate() == 0, "the aggregator did not leave in good order"
        said = sum(people.said_usec.values())
        print(f"{batches} batches, CPU said {said} us, metered {stored['cpu_used_usec']} us")


if __name__ == "__main__":
    main()

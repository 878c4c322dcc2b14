"""Where the time goes between Kafka and PostgreSQL: the first part of `bench/run aggregator`.

Every stage does what the one before it does and more, on the same topic, in turn: what others do on the machine meets
all of them, so quote the ratios. CPU is the process's own; PostgreSQL's meanwhile stands beside it.
"""
import os
import re
import statistics

from fleet import drop_topic, forget, make_topic
from harness import aggregator
from project import BUILD
from spent import Server, median, say_goals, spend

TOPIC = "usage.bench.v1"
PARTITIONS = 6
STAGES = {
    "a": "bare consumer, which only reads",
    "r": "the aggregator's consumer, which only reads",
    "b": "... and decodes",
    "c": "... and adds up: all but PostgreSQL",
    "d": "hubmeter-aggregator, committed",
}
HEAD = f"{'wall s':>8}{'M rows/s':>10}{'of (a)':>8}{'CPU s':>8}{'M rows/CPU s':>14}{'server CPU s':>14}"
ACCOUNTS = "SELECT sum(taken), sum(duplicates), sum(skipped), sum(lost), count(*) FROM ingest.partition"
WRITTEN = ("SELECT coalesce(sum(n_tup_ins + n_tup_upd), 0) FROM pg_stat_user_tables"
           " WHERE schemaname = 'usage' AND relname LIKE 'slot%'")


def commands(services, directory, options):
    ours = aggregator(services, directory, "--exit-when-caught-up", "--flush-interval=1s", *options).command
    without = [os.path.join(BUILD, "bench/without_postgres")]
    return {"a": [os.path.join(BUILD, "bench/bare_consumer"), services.kafka, TOPIC],
            **{stage: [*without, word, *ours[1:]] for stage, word in (("r", "read"), ("b", "decode"), ("c", "add"))},
            "d": ours}


def commit(services, server, command, batches):
    """Run the aggregator from the first message to the last; .commits, and .written: slots in all of them."""
    forget(services)
    [[before]] = services.sql(WRITTEN)
    run = spend(command, server)
    [[after]] = services.sql(WRITTEN)
    [accounts] = services.sql(ACCOUNTS)
    if accounts[0] != str(batches):
        reasons = services.sql("SELECT reason, count(*) FROM ingest.quarantine GROUP BY reason")
        raise RuntimeError(f"of {batches} batches were taken, duplicates, skipped, lost, in partitions: {accounts};"
                           f" in quarantine {reasons}; {run.log}")
    run.written = int(after) - int(before)
    run.commits = sum(int(count) for count in re.findall(r"event=stats .*\bflushes=(\d+)", run.log))
    return run


def turn(services, server, by_stage, batches):
    """{stage: Spent}, and how long the aggregator takes to begin and end with nothing to do."""
    found = {stage: spend(by_stage[stage]) for stage in by_stage if stage != "d"}
    found["d"] = commit(services, server, by_stage["d"], batches)
    found["nothing"] = spend(by_stage["d"])
    for stage in ("a", "r", "b", "c"):
        if found[stage].figure("messages") != batches:
            raise RuntimeError(f"({stage}) read {found[stage].figure('messages')} of {batches} batches")
    return found


def say(fleet, batches, runs):
    rows = batches * fleet.rows
    print(f"  {fleet.said()}; {batches} batches")
    print(f"    {'':48}{HEAD}")
    for stage, name in STAGES.items():
        of_stage = [run[stage] for run in runs]
        wall, cpu, server_cpu = (median(of_stage, figure) for figure in (
            lambda run: run.wall, lambda run: run.cpu, lambda run: run.server_cpu))
        ratio = statistics.median(run["a"].wall / run[stage].wall for run in runs)
        print(f"    ({stage}) {name:44}{wall:8.2f}{rows / wall / 1e6:10.2f}{ratio:8.2f}{cpu:8.2f}"
              f"{rows / cpu / 1e6:14.2f}{f'{server_cpu:14.2f}' if stage == 'd' else ''}")
    committed = [run["d"] for run in runs]
    commits, written = (median(committed, figure) for figure in (lambda run: run.commits, lambda run: run.written))
    print(f"    (d) {commits:.0f} commits, of {written / commits:.0f} slots each; begins and ends in"
          f" {median(runs, lambda run: run['nothing'].wall):.2f} s with nothing to do;"
          f" at most {median(committed, lambda run: run.memory) / 2**20:.0f} MiB of memory")
    say_goals(goals(runs, rows))


def goals(runs, rows):
    """(what, figure of each round, at least)"""
    yield "M rows per CPU-second of (d)", [rows / run["d"].cpu / 1e6 for run in runs], 4
    yield "wall time of (a) / of (d)", [run["a"].wall / run["d"].wall for run in runs], 0.5
    yield ("the same, (d) without beginning and end",
           [run["a"].wall / (run["d"].wall - run["nothing"].wall) for run in runs], 0.5)


def side_by_side(services, directory, fleet, batches, rounds):
    """[{stage: Spent}] of all rounds but the first, which warms caches; printed."""
    by_stage = commands(services, directory, fleet.thresholds())
    server = Server(services)
    make_topic(services, TOPIC, PARTITIONS)
    try:
        fleet.send(services, TOPIC, batches)
        runs = [turn(services, server, by_stage, batches) for _ in range(rounds + 1)][1:]
    finally:
        drop_topic(services, TOPIC)
    say(fleet, batches, runs)
    return runs

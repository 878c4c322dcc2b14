"""What a commit costs beside the least it could: the second part of `bench/run aggregator`.

As many commits of as many keys, one row each, in turn: the aggregator's own; and psql, which COPYs the same slots into
a temporary table and adds them to a table that is identical to usage.slot. The first commit inserts, the others update.
Per key: CPU of the whole server, and wall time of committing (the aggregator's own clock; psql from begin to end).
"""
import os
import re
import urllib.error
import urllib.request

from fleet import SLOT_MINUTES, Fleet, drop_topic, forget, make_topic
from harness import aggregator
from project import SOURCE
from spent import Server, Spent, median, say_goals, spend
from wait import wait_for

TOPIC = "usage.bench-flush.v1"
FILES = os.path.join(SOURCE, "bench/aggregator")
KEYS_AT_LEAST = 100000  # of all commits of a run
COMMITS_AT_LEAST = 5


def figures(port):
    """The aggregator's page: {name: value} of those without labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        words = (line.split() for line in answer.read().decode().splitlines() if not line.startswith("#"))
        return {word[0].removeprefix("hubmeter_aggregator_"): float(word[1]) for word in words if len(word) == 2}


def page(log):
    """The figures, or None: it does not answer yet."""
    with open(log, encoding="utf-8") as lines:
        ports = re.findall(r"event=metrics port=(\d+)", lines.read())
    try:
        return figures(ports[-1]) if ports else None
    except urllib.error.HTTPError:  # 503: no page was published yet
        return None


def committed(log, batches):
    """The figures when all of it is committed, or None: it is not yet."""
    now = page(log)
    return now if now and now.get("messages_total", 0) >= batches and now["gathered_keys"] == 0 else None


def flush(services, directory, server, fleet, commits):
    """The aggregator's own, from the first message. Its wall time is what it spent on committing; .commits it made."""
    program = aggregator(services, directory, "--flush-interval=1h", "--metrics-listen=127.0.0.1:0",
                         f"--flush-keys={2 * fleet.keys() + fleet.nodes}", "--flush-memory=1GiB")
    if os.path.exists(program.log):
        os.unlink(program.log)
    before = server.cpu()
    program.start()
    try:
        now = wait_for("commits", lambda: committed(program.log, commits * fleet.nodes), 600)
        run = Spent(now["commit_seconds_total"], 0, server.cpu() - before, 0, ("", ""))
        run.commits = int(now["commits_total"])
        return run
    finally:
        program.terminate()


def prepare_bare(services, directory):
    """The table, and what is in usage.slot as a file."""
    path = os.path.join(directory, "slots.copy")
    spend(["psql", services.postgres, "-Xq", "-v", "ON_ERROR_STOP=1", "-f", os.path.join(FILES, "bare_table.sql"),
           "-c", f"\\copy (SELECT * FROM usage.slot) to '{path}' binary"])


def bare(services, directory, server, commits):
    script = os.path.join(FILES, "bare_flush.sql")
    services.sql("CHECKPOINT")
    return spend(["psql", services.postgres, "-Xq", "-v", "ON_ERROR_STOP=1",
                  "-c", "CREATE TEMPORARY TABLE stage (LIKE usage.slot) ON COMMIT DELETE ROWS",
                  *(word for _ in range(commits) for word in ("-f", script))], server, cwd=directory)


def say(fleet, commits, runs):
    keys = commits * fleet.keys()
    print(f"  {commits} commits of {fleet.keys()} keys, us a key")
    print(f"    {'':34}{'server CPU':>12}{'wall':>8}")
    for name, which in (("flush of hubmeter-aggregator", "flush"), ("bare COPY and upsert", "bare")):
        of_which = [run[which] for run in runs]
        server_cpu, wall = (median(of_which, figure) for figure in (lambda run: run.server_cpu, lambda run: run.wall))
        print(f"    {name:34}{server_cpu / keys * 1e6:12.2f}{wall / keys * 1e6:8.2f}")
    say_goals((f"{what} of bare / of the flush", [figure(run["bare"]) / figure(run["flush"]) for run in runs], 0.8)
              for what, figure in (("server CPU", lambda run: run.server_cpu), ("wall time", lambda run: run.wall)))


def beside_bare(services, directory, keys, rows, rounds):
    """[{"flush" | "bare": Spent}] of all rounds but the first, which warms caches; printed."""
    fleet = Fleet(f"{-(-keys // rows)}:{SLOT_MINUTES}", rows)
    commits = max(COMMITS_AT_LEAST, KEYS_AT_LEAST // fleet.keys())
    server = Server(services)
    make_topic(services, TOPIC, 1)  # one partition: each commit gets every node once
    try:
        fleet.send(services, TOPIC, commits * fleet.nodes)
        runs = []
        for _ in range(rounds + 1):
            forget(services)
            run = flush(services, directory, server, fleet, commits)
            if run.commits != commits:
                raise RuntimeError(f"{run.commits} commits instead of {commits}")
            prepare_bare(services, directory)
            runs.append({"flush": run, "bare": bare(services, directory, server, commits)})
    finally:
        drop_topic(services, TOPIC)
    services.sql("DROP SCHEMA bench CASCADE")
    say(fleet, commits, runs[1:])
    return runs[1:]

"""What a year of slots does to the tables and to commits: the second part of `bench/run scaling`."""
import datetime
import os
import subprocess
import time

from fleet import Fleet, drop_topic, forget, make_topic
from flushes import TOPIC, flush
from project import SOURCE
from spent import Server

FLEET = "100:15"
COMMITS = 30
SIZES = """SELECT (SELECT count(*) FROM usage.slot), sum(pg_relation_size(i.inhrelid)),
       sum(pg_indexes_size(i.inhrelid)), sum(s.n_tup_upd), sum(s.n_tup_hot_upd)
FROM pg_inherits AS i JOIN pg_stat_user_tables AS s ON s.relid = i.inhrelid
WHERE i.inhparent = 'usage.slot'::regclass"""


def say_sizes(services, what):
    [figures] = services.sql(SIZES)
    rows, heap, indexes, updates, in_place = (int(figure) for figure in figures)
    print(f"    {what}: {rows} slots, {heap / rows:.0f} bytes each and {indexes / rows:.0f} in indexes"
          + (f"; {in_place / updates * 100:.1f} % of updates in place" if updates else ""), flush=True)


def say_flush(services, directory, server, what):
    """Commits of the same keys: the first inserts, the others update."""
    fleet = Fleet(FLEET, 100)
    services.sql("SELECT pg_stat_reset()")
    make_topic(services, TOPIC, 1)
    try:
        fleet.send(services, TOPIC, COMMITS * fleet.nodes)
        run = flush(services, directory, server, fleet, COMMITS)
    finally:
        drop_topic(services, TOPIC)
    keys = COMMITS * fleet.keys()
    print(f"    {what}: {COMMITS} commits of {fleet.keys()} keys, {run.server_cpu / keys * 1e6:.1f} us of server CPU a"
          f" key, {run.wall / COMMITS * 1e3:.0f} ms each", flush=True)


def fill_year(services, users):
    """Seconds that it took."""
    first = datetime.date.today().replace(day=1) - datetime.timedelta(days=335)
    began = time.monotonic()
    subprocess.run(["psql", services.postgres, "-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"users={users}",
                    "-v", f"first={first.replace(day=1)}", "-f", os.path.join(SOURCE, "bench/aggregator/year.sql")],
                   check=True, stdout=subprocess.DEVNULL)
    services.sql("VACUUM ANALYZE")
    services.sql("CHECKPOINT")
    return time.monotonic() - began


def growth(services, directory, users):
    server = Server(services)
    print(f"  growth: a year of {users} users in every quarter of an hour", flush=True)
    forget(services)
    say_flush(services, directory, server, "month 1")
    say_sizes(services, f"after {COMMITS} commits")
    forget(services)
    services.sql("SELECT pg_stat_reset()")
    taken = fill_year(services, users)
    say_sizes(services, f"twelve months, written in {taken:.0f} s")
    say_flush(services, directory, server, "month 12")
    forget(services)

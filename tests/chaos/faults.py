"""The faults: how each is thrown. README.md says how to add one.

A fault runs in a thread of its own, beside others, and ends what it began. It draws from its own generator only,
before anything that takes time. run.note() says what it does.
"""
import os
import signal
import subprocess

from harness import QUANTITIES
from kafka_proxy import away
from proxy import Rule
from laboratory import fill_disk, topic_of
from wait import pause, wait_for

CRASHES = {}  # name -> Fault
TENANTS = {}
# What hubs do beside steady batches, and how often in comparison.
TRAFFIC = {"replay": 8, "gap": 4, "garbage": 4, "reorder": 2, "clone": 1, "hostile": 1, "partitions": 1}
# Whose outcome is known to be wrong, and the law: left out unless --with names them.
OPTIONAL = {}

WAIT_SECONDS = 4  # for a message of the protocol
MADE_ANEW_SECONDS = 6  # for a month's table, once an aggregator misses it


class Fault:
    def __init__(self, throw, weight):
        self.throw, self.weight = throw, weight


def fault(table, weight):
    def enter(function):
        table[function.__name__] = Fault(function, weight)
        return function
    return enter


def at_message(run, member, rule, what, proxy=None):
    """Wait until the rule applied; not for ever, because that many messages may not come."""
    proxy = proxy or member.proxy
    run.note(f"{what} of {member.number} at {rule.kind} {rule.left}")
    proxy.arm(rule)
    is_done = rule.done.wait(WAIT_SECONDS)
    run.note(f"{what} of {member.number}: " + ("now" if is_done else "so many messages did not come"))
    if not is_done:
        proxy.disarm(rule)


def stopped(run, member, seconds):
    member.signal(signal.SIGSTOP)
    run.note(f"stop {member.number} for {seconds:.2f} s")
    pause(seconds)
    member.signal(signal.SIGCONT)


def killed(run, member, seconds):
    member.kill()
    run.note(f"kill {member.number} for {seconds:.2f} s")
    pause(seconds)
    member.start()


def short_or_long(rng):
    """Shorter than anybody notices, and longer than the group waits for a member."""
    return rng.choice((rng.uniform(0.01, 0.5), rng.uniform(0.5, 2), rng.uniform(2, 7), rng.uniform(2, 7)))


# --- aggregators ---

@fault(CRASHES, 8)
def kill(run, rng):
    killed(run, run.member(rng), rng.choice((0, rng.uniform(0, 3))))


@fault(CRASHES, 3)
def kill_in_a_row(run, rng):
    member = run.member(rng)
    for seconds in [rng.uniform(0.05, 0.8) for _ in range(rng.randint(2, 5))]:
        killed(run, member, 0)
        pause(seconds)


@fault(CRASHES, 8)
def stop(run, rng):
    stopped(run, run.member(rng), short_or_long(rng))


def at_point(run, rng, action):
    """Do it exactly at a message of the protocol: while rows are copied, or at the commit."""
    member, kind, seconds = run.member(rng), rng.choice(("copy", "commit", "any")), short_or_long(rng)
    reached = []
    rule = Rule(kind, rng.randint(0, 40 if kind == "any" else 6), "call",
                function=lambda: reached.append(member.signal(signal.SIGSTOP)))
    at_message(run, member, rule, action.__name__)
    if reached:
        action(run, member, seconds)


@fault(CRASHES, 8)
def stop_at(run, rng):
    at_point(run, rng, stopped)


@fault(CRASHES, 8)
def kill_at(run, rng):
    at_point(run, rng, killed)


@fault(CRASHES, 4)
def join(run, rng):
    member = run.idle_member(rng)
    seconds = rng.uniform(0.2, 5)
    if member is None:
        return
    run.note(f"join {member.number}")
    member.start()
    pause(seconds)
    run.note(f"leave {member.number}")
    member.leave()


@fault(CRASHES, 4)
def leave(run, rng):
    member, seconds = run.member(rng), rng.uniform(0, 3)
    run.note(f"leave {member.number}")
    member.leave()
    pause(seconds)
    member.start()
    run.note(f"join {member.number}")


@fault(CRASHES, 3)
def rival(run, rng):
    """Another group reads the same topics into the same database: of two owners one commits each range."""
    seconds = rng.uniform(0.5, 5)
    member = run.add_rival()
    run.note(f"rival {member.number} for {seconds:.2f} s from when it owns something")
    member.start()
    if member.await_partitions():
        pause(seconds)
    member.leave()
    run.note("rival left")


# --- connections to PostgreSQL ---

@fault(CRASHES, 6)
def cut(run, rng):
    member, kind = run.member(rng), rng.choice(("any", "copy", "commit", "answer"))
    at_message(run, member, Rule(kind, rng.randint(0, 6 if kind == "commit" else 40), "cut"), "cut")


@fault(CRASHES, 8)
def lose_answer(run, rng):
    """COMMIT arrives, its answer does not."""
    at_message(run, run.member(rng), Rule("commit", rng.randint(0, 6), "lose"), "lose_answer")


@fault(CRASHES, 8)
def deliver_late(run, rng):
    """COMMIT arrives after the client gave up and came back."""
    rule = Rule("commit", rng.randint(0, 6), "late", rng.choice((0, 0.05, 0.5, 3)))
    at_message(run, run.member(rng), rule, "deliver_late")


@fault(CRASHES, 6)
def stall(run, rng):
    member, kind = run.member(rng), rng.choice(("any", "copy", "commit", "answer"))
    rule = Rule(kind, rng.randint(0, 6 if kind == "commit" else 40), "stall", short_or_long(rng))
    at_message(run, member, rule, "stall")


# --- PostgreSQL ---

@fault(CRASHES, 5)
def postgres_crash(run, rng):
    seconds = rng.choice((0, rng.uniform(0, 3)))
    with run.site.lock["postgres"]:
        run.note(f"crash postgres for {seconds:.2f} s")
        run.site.services.run("kill", "postgres")
        pause(seconds)
        run.site.services.run("restart", "postgres")


@fault(CRASHES, 4)
def end_backends(run, rng):
    for seconds in [rng.uniform(0, 1) for _ in range(rng.randint(1, 4))]:
        run.note("end backends")
        run.try_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE application_name = 'hubmeter-aggregator' AND datname = current_database()")
        pause(seconds)


@fault(CRASHES, 4)
def hold_locks(run, rng):
    """Somebody looks at a table that the aggregator wants to write, and does not go."""
    table = rng.choice(("ingest.partition", "usage.node", "usage.slot", "ingest.quarantine"))
    seconds = short_or_long(rng)
    run.note(f"lock {table} for {seconds:.2f} s")
    with subprocess.Popen(["psql", run.conninfo, "-Xq"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, text=True) as psql:
        print(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE;", file=psql.stdin, flush=True)
        pause(seconds)
        psql.kill()


@fault(CRASHES, 3)
def disk_full(run, rng):
    seconds = rng.uniform(0.3, 3)
    if run.site.disk is None:
        run.note("disk_full: skipped, only root may mount a small disk")
        return
    run.note(f"disk full for {seconds:.2f} s")
    fill_disk(run.site, seconds)
    run.note("disk has room")


# --- months ---

KEY = "hub_id, slot_start, workload_id, class_id"
COLUMNS = f"{KEY}, {', '.join(QUANTITIES)}, flags"
ADD_MONTH = (f"INSERT INTO usage.slot AS t ({COLUMNS})"
             f" SELECT {KEY}, {', '.join(f'sum({name})' for name in QUANTITIES)}, bit_or(flags) FROM {{0}}"
             f" GROUP BY {KEY} ORDER BY {KEY} ON CONFLICT ({KEY}) DO UPDATE SET flags = t.flags | excluded.flags, "
             + ", ".join(f"{name} = t.{name} + excluded.{name}" for name in QUANTITIES))


def months_with_rows(run):
    try:
        months = [row[0] for row in run.sql("SELECT relname FROM pg_class JOIN pg_inherits ON oid = inhrelid"
                                            " WHERE inhparent = 'usage.slot'::regclass ORDER BY 1")]
        return [month for month in months if run.sql(f"SELECT 1 FROM usage.{month} LIMIT 1")]
    except subprocess.CalledProcessError:
        return []  # the server is away, or another one drops a month


def is_there(run, table):
    try:
        return run.sql(f"SELECT to_regclass('{table}')") != [["\\N"]]
    except subprocess.CalledProcessError:
        return None  # nobody knows


def put_back(run, table):
    """Its rows are added to what an aggregator stored meanwhile. True: they are, once."""
    try:
        if is_there(run, table) is False:
            return True  # this time, or the time before, whose answer was lost
        run.sql(f"BEGIN; SELECT usage.ensure_month(min(slot_start)) FROM {table} HAVING count(*) > 0;"
                f" {ADD_MONTH.format(table)}; DROP TABLE {table}; COMMIT")
    except subprocess.CalledProcessError as error:
        run.note(f"not put back: {error.stderr.strip()}")
    return False


@fault(CRASHES, 5)
def rebuild_month(run, rng):
    """An operator drops a month's table, again where an aggregator made it anew, and puts back what was in it. Who
    takes its missing for the fault of what is stored refuses good batches meanwhile."""
    table, which = f"public.kept_{rng.randrange(10 ** 9)}", rng.random()
    pauses = [rng.uniform(0, 1.5) for _ in range(rng.randint(1, 4))]
    try:
        months = wait_for("a month", lambda: months_with_rows(run), WAIT_SECONDS)
    except AssertionError:
        run.note("rebuild_month: nothing is stored yet")
        return
    month = months[int(which * len(months))]
    run.try_sql(f"CREATE TABLE {table} AS TABLE usage.slot WITH NO DATA")
    for seconds in pauses:
        run.note(f"drop {month}, kept in {table}")
        run.try_sql(f"SET lock_timeout = '4s'; BEGIN; LOCK TABLE usage.slot IN ACCESS EXCLUSIVE MODE;"
                    f" INSERT INTO {table} ({COLUMNS}) SELECT {COLUMNS} FROM usage.{month};"
                    f" DROP TABLE usage.{month}; COMMIT")
        pause(seconds)
    try:
        wait_for("it", lambda: is_there(run, f"usage.{month}"), MADE_ANEW_SECONDS)
    except AssertionError:
        run.note(f"nobody made {month} anew: nothing more came of it")
    wait_for(f"{month} to be put back", lambda: put_back(run, table))
    run.note(f"{month} is as it was")


# --- Kafka ---

@fault(CRASHES, 4)
def kafka_crash(run, rng):
    seconds = rng.choice((0, rng.uniform(0, 2)))
    with run.site.lock["kafka"]:
        run.note(f"crash kafka for {seconds:.2f} s")
        run.site.services.run("kill", "kafka")
        pause(seconds)
        run.site.services.run("restart", "kafka")
        run.note("kafka is back")


@fault(CRASHES, 3)
def kafka_stop(run, rng):
    seconds = short_or_long(rng)
    with run.site.lock["kafka"]:
        pid = run.site.pid("kafka")
        run.note(f"stop kafka for {seconds:.2f} s")
        os.kill(pid, signal.SIGSTOP)
        pause(seconds)
        os.kill(pid, signal.SIGCONT)


# --- connections to Kafka ---

REQUESTS = ("any", "fetch", "list_offsets", "metadata", "coordinator", "join", "sync", "heartbeat", "answer", "answer")


def at_request(run, rng, action, seconds=0):
    member, kind = run.member(rng), rng.choice(REQUESTS)
    rule = Rule(kind, rng.randint(0, 40 if kind in ("any", "fetch", "answer") else 3), action, seconds)
    at_message(run, member, rule, f"kafka_{action}", member.kafka_proxy)


@fault(CRASHES, 5)
def kafka_cut(run, rng):
    at_request(run, rng, "cut")


@fault(CRASHES, 3)
def kafka_lose(run, rng):
    """It is done, and who asked does not learn that."""
    at_request(run, rng, "lose")


@fault(CRASHES, 5)
def kafka_stall(run, rng):
    at_request(run, rng, "stall", short_or_long(rng))


@fault(CRASHES, 5)
def kafka_away(run, rng):
    """Of one aggregator: the others take over what it still believes to own, and PostgreSQL it reaches."""
    member, seconds = run.member(rng), short_or_long(rng)
    run.note(f"kafka away from {member.number} for {seconds:.2f} s")
    member.kafka_proxy.call(away(member.kafka_proxy, seconds))
    run.note(f"kafka is there for {member.number}")


# --- hubs ---

def out_of_the_way(run, how):
    """Aggregators do not read; what is returned has them go on."""
    members = [member for member in run.members if member.wanted and member.process]
    if how == "down":
        for member in members:
            member.kill()
        return [member.start for member in members]
    if how == "stopped":
        for member in members:
            member.signal(signal.SIGSTOP)
        return [lambda member=member: member.signal(signal.SIGCONT) for member in members]
    return []


@fault(CRASHES, 5)
def retention(run, rng):
    """Kafka deletes what is not read yet. The partitions stop with a reason, and an operator decides."""
    hub, how = run.any_hub(rng), rng.choice(("down", "stopped", "stopped", "reading"))
    before, after, more = rng.uniform(0.3, 3), rng.choice((0, rng.uniform(0, 2))), rng.choice((0, 0, 5))
    if not run.claim(hub):
        return
    if not run.is_partly_read(hub) or not run.is_owned(hub):
        run.note(f"retention of {hub}: not read yet, left alone")
        return
    run.more_given_up[hub] = more
    run.note(f"aggregators {how}, then retention of {hub}")
    go_on = out_of_the_way(run, how)
    pause(before)
    with run.site.lock["kafka"]:
        said = wait_for("it", lambda: run.site.kafka("truncate", topic_of(hub), check=False)[1])
    run.truncated[hub] = {int(partition): int(first) for partition, first in map(str.split, said.splitlines())}
    run.note(f"{hub} begins at {run.truncated[hub]}")
    pause(after)
    for again in go_on:
        again()


def recreate_topic(run, rng):
    """Deleted and made again: what was read stays, the rest is lost, and nobody reads on before it is decided."""
    hub, seconds = run.any_hub(rng), rng.choice((0, rng.uniform(0, 5)))
    if not run.claim(hub):
        return
    run.generator.tell("hold", hub)
    run.note(f"delete {hub} for {seconds:.2f} s")
    if not run.is_partly_read(hub):
        run.note(f"delete {hub}: not read yet, left alone")
        run.generator.tell("recreated", hub)
        return
    with run.site.lock["kafka"]:
        run.site.kafka("delete", topic_of(hub))
        pause(seconds)
        wait_for("a topic", lambda: run.site.kafka("topic", topic_of(hub), run.partitions[hub], check=False)[0])
        wait_for("it", lambda: run.site.topics().get(topic_of(hub)) == run.partitions[hub])
    run.note(f"{hub} is there again")
    run.recreated.append(hub)
    run.generator.tell("recreated", hub)


@fault(CRASHES, 2)
def recreate(run, rng):
    recreate_topic(run, rng)


@fault(TENANTS, 4)
def recreate_alone(run, rng):
    recreate_topic(run, rng)


@fault(CRASHES, 2)
@fault(TENANTS, 2)
def new_hub(run, rng):
    """Its topic is seen when the client looks for topics the next time; then all partitions are dealt out anew."""
    shape = rng.randint(1, 3), rng.randint(1, 4), rng.randint(1, 12)
    run.add_hub(*shape)


@fault(TENANTS, 3)
def garbage_flood(run, rng):
    hub, count = run.any_hub(rng), rng.randint(200, 3000)
    if not run.may_be_refused(hub):
        return
    run.note(f"{count} messages of garbage from {hub}")
    run.victims.add(hub)
    run.generator.tell("garbage", hub, count)


@fault(TENANTS, 4)
def hostile(run, rng):
    hub = run.any_hub(rng)
    if not run.may_be_refused(hub):
        return
    run.note(f"more than a node can store from {hub}")
    run.victims.add(hub)
    for seconds in [rng.uniform(0.1, 0.6) for _ in range(rng.randint(3, 12))]:
        run.generator.tell("hostile", hub)
        pause(seconds)


def add_partition(run, hub):
    if not run.claim(hub):
        return
    with run.site.lock["kafka"]:
        run.partitions[hub] += 1
        run.note(f"{hub} has {run.partitions[hub]} partitions")
        run.site.kafka("partitions", topic_of(hub), run.partitions[hub])
        wait_for("a partition", lambda: run.site.topics().get(topic_of(hub)) == run.partitions[hub])
    run.generator.tell("partitions", hub, run.partitions[hub])
    run.generator.tell("replay", hub, 10)

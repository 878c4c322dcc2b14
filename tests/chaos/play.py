"""One schedule: programs start, hubs send, faults happen, everything becomes quiet, PostgreSQL is compared."""
import os
import re
import shutil
import signal
import subprocess
import threading
import time

from checker import Monitor, faults, stored
from faults import CRASHES, TENANTS, add_partition
from laboratory import AGGREGATORS, Aggregator, Generator, await_topics, topic_of
from ledger import Ledger, expect
from plants import PLANTS
from project import program
from schedule import SECONDS, Schedule
from wait import pause, wait_for

CATCH_UP_SECONDS = 60  # after the last message and the last fault
PAUSE_SECONDS = 5      # what another hub may cost
CRASHED = re.compile(r"Sanitizer|runtime error:|Assertion")
REFUSED = ("garbage", "clone", "hostile")  # what goes to quarantine


class Play:
    """What faults.py acts upon."""

    def __init__(self, site, seed, kinds, day, directory, plant=None):
        self.site, self.schedule, self.kinds, self.directory = site, Schedule(seed, kinds), kinds, directory
        self.database = f"chaos_{seed}"
        self.plant = plant
        self.conninfo = site.conninfo(self.database)
        self.partitions = {hub: shape[0] for hub, shape in self.schedule.hubs.items()}
        self.recreated, self.claimed, self.victims = [], set(), set()
        self.truncated = {}  # hub -> {partition: its first offset from then on}
        self.more_given_up = {}  # hub -> messages that are given up beyond what is missing
        self.given_up = {}  # (hub, partition) -> range of offsets
        self.faults = []
        self.lock = threading.Lock()
        self.begun = time.monotonic()
        self.log = open(os.path.join(directory, "schedule.log"), "w", encoding="utf-8", buffering=1)
        self.ledger = Ledger(os.path.join(directory, "ledger"))
        self.generator = Generator(site.services.kafka, self.ledger.path, seed, self.schedule.day(day),
                                   self.schedule.interval_msec, os.path.join(directory, "generate.log"))
        self.members = [self.new_member(number, self.database) for number in range(AGGREGATORS)]

    def new_member(self, number, group):
        log = os.path.join(self.directory, f"aggregator-{number}.log")
        place = min(number, AGGREGATORS - 1)
        return Aggregator(number, self.conninfo, self.site.proxies[place], self.site.kafka_proxies[place], group, log,
                          self.schedule.options)

    # --- for faults ---

    def note(self, text):
        with self.lock:
            self.log.write(f"{time.monotonic() - self.begun:7.3f} {text}\n")

    def sql(self, query):
        return self.site.sql(self.database, query)

    def try_sql(self, query):
        try:
            self.sql(query)
        except subprocess.CalledProcessError as error:
            self.note(f"not done: {error.stderr.strip()}")

    def member(self, rng):
        """One that runs, or ran."""
        return rng.choice(self.members[:self.schedule.aggregators])

    def idle_member(self, rng):
        """One that was not there from the start; None: all were."""
        idle = [member for member in self.members[self.schedule.aggregators:AGGREGATORS] if not member.wanted]
        return rng.choice(idle) if idle else None

    def add_rival(self):
        """Of another group."""
        with self.lock:
            self.members.append(self.new_member(len(self.members), f"{self.database}_rival_{len(self.members)}"))
            return self.members[-1]

    def add_hub(self, partitions, nodes, rows):
        """One that sends from now on."""
        with self.lock:
            hub = f"s{self.schedule.seed}n{len(self.partitions)}"
            self.partitions[hub] = partitions
        self.note(f"new hub {hub}")
        with self.site.lock["kafka"]:
            self.site.kafka("topic", topic_of(hub), partitions)
            wait_for("it", lambda: self.site.topics().get(topic_of(hub)) == partitions)
        self.generator.tell("hub", hub, partitions, nodes, rows)

    def any_hub(self, rng):
        return rng.choice(list(self.schedule.hubs))

    def claim(self, hub):
        """Its topic is changed once at most: made anew, or given more partitions."""
        with self.lock:
            is_free = hub not in self.claimed
            self.claimed.add(hub)
        return is_free

    def may_be_refused(self, hub):
        """Or would it have the place of what was refused in a topic that was deleted?"""
        return hub not in self.recreated or "recreate_garbage" in self.kinds

    def is_partly_read(self, hub):
        """Something of every partition that has anything: only so can it be told from another topic."""
        def look():
            self.ledger.read()
            read = self.offsets()
            places = [place for place in self.ledger.ends() if place[0] == hub]
            return places and all(read.get(place, 0) > 0 for place in places)
        return self.comes_true(look)

    def is_owned(self, hub):
        """Every partition was given to somebody once: one that never was begins where Kafka has it begin."""
        return self.comes_true(lambda: all((hub, number) in self.offsets() for number in range(self.partitions[hub])))

    @staticmethod
    def comes_true(look):
        try:
            return wait_for("progress", look, 4)
        except (AssertionError, subprocess.CalledProcessError):
            return False

    # --- the course of it ---

    def offsets(self):
        return {(hub, int(partition)): int(offset) for hub, partition, offset in self.sql(
            "SELECT split_part(topic, '.', 2), partition, next_offset FROM ingest.partition")}

    def prepare(self):
        self.site.repair()
        for topic in self.site.topics():
            self.site.kafka("delete", topic, check=False)
        await_topics(self.site, {})
        self.site.sql("postgres", f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
        self.site.sql("postgres", f"CREATE DATABASE {self.database} TEMPLATE hubmeter")
        if self.plant:
            self.sql(PLANTS[self.plant])
        for hub, partitions in self.partitions.items():
            self.site.kafka("topic", topic_of(hub), partitions)
        await_topics(self.site, {topic_of(hub): count for hub, count in self.partitions.items()})
        for hub, shape in self.schedule.hubs.items():
            self.generator.tell("hub", hub, *shape)
        self.monitor = Monitor(Ledger(self.ledger.path), self.sql)

    def act(self, name, index):
        """A fault, in its thread. What goes wrong with throwing it is a fault of this program."""
        fault = (CRASHES | TENANTS)[name]
        try:
            fault.throw(self, self.schedule.rng(index))
        except Exception as error:  # whatever it is, the schedule is not worth anything
            self.faults.append(f"throwing {name}: {type(error).__name__} {error}")

    def send_traffic(self, begin):
        for at, name, hub, count in self.schedule.traffic:
            pause(max(0, begin + at - time.monotonic()))
            if name in REFUSED and not self.may_be_refused(hub):
                continue
            self.note(f"{name} {hub} {count}")
            if name == "partitions":
                add_partition(self, hub)
            else:
                self.generator.tell(name, hub, count)

    def run_faults(self):
        begin = time.monotonic()
        threads = [threading.Thread(target=self.send_traffic, args=(begin,))]
        threads[0].start()
        for at, name, index in self.schedule.faults:
            pause(max(0, begin + at - time.monotonic()))
            threads.append(threading.Thread(target=self.act, args=(name, index)))
            threads[-1].start()
        pause(max(0, begin + SECONDS - time.monotonic()))
        for thread in threads:
            thread.join()

    def become_quiet(self):
        for proxy in self.site.proxies + self.site.kafka_proxies:
            proxy.disarm()
        for member in self.members:
            member.signal(signal.SIGCONT)
        self.site.repair()
        self.generator.tell("quit")
        self.generator.process.wait(timeout=CATCH_UP_SECONDS)
        if self.generator.process.returncode != 0:
            raise RuntimeError(f"generate: status {self.generator.process.returncode}, see generate.log")
        self.note("quiet")

    def stopped(self, hub):
        """partition -> (how far it was read, why it is read no further)"""
        return {int(partition): (int(offset), reason) for partition, offset, reason in self.sql(
            "SELECT partition, next_offset, coalesce(stopped_reason, '') FROM ingest.partition"
            f" WHERE topic = '{topic_of(hub)}'")}

    def decide(self):
        """What an operator does about topics made anew. How far those before were read."""
        cuts = {}
        for hub in self.recreated:
            old = {m.partition for m in self.ledger.messages if m.hub == hub and m.incarnation == 0}
            wait_for(f"{hub} to stop, which was deleted", lambda: all(
                reason or not offset for partition, (offset, reason) in self.stopped(hub).items()
                if partition in old), CATCH_UP_SECONDS)
            cuts |= {(hub, 0, partition): offset for partition, (offset, _) in self.stopped(hub).items()}
            self.note(f"decided: {hub} begins anew, was read to {self.stopped(hub)}")
            self.monitor.decided.add(hub)
            self.sql("SELECT ingest.go_on('restart', topic, partition, 0, NULL, 'made anew')"
                     f" FROM ingest.partition WHERE topic = '{topic_of(hub)}' AND stopped_reason IS NOT NULL")
        return cuts

    def decide_gaps(self):
        """What an operator does about partitions that retention overtook, through the command line."""
        for hub, firsts in self.truncated.items():
            wait_for(f"{hub} to be read, or to stop where it was truncated", lambda: all(
                self.stopped(hub)[partition][1] or self.stopped(hub)[partition][0] >= first
                for partition, first in firsts.items() if first > 0), CATCH_UP_SECONDS)
            for partition, (offset, reason) in self.stopped(hub).items():
                if reason:
                    self.give_up(hub, partition, offset, firsts[partition])

    def give_up(self, hub, partition, offset, first):
        if first <= offset:
            self.faults.append(f"{hub}/{partition} stopped at {offset}, where nothing is missing")
            return
        last = min(first + self.more_given_up[hub], max(first, self.ledger.ends()[hub, partition])) - 1
        self.note(f"decided: {hub}/{partition} goes on without {offset} to {last}, of which {first} is the first there")
        words = "ingest", "accept-gap", topic_of(hub), partition, f"--to={last}", "--reason=retention was faster"
        if self.cli(*words, f"--from={offset + 1}").returncode == 0:
            self.faults.append(f"{hub}/{partition}: a gap was accepted that does not begin where it was read to")
        done = self.cli(*words, f"--from={offset}")
        if done.returncode != 0:
            self.faults.append(f"accept-gap {hub}/{partition}: {done.stderr.strip()}")
        self.given_up[hub, partition] = range(offset, last + 1)

    def cli(self, *words):
        return subprocess.run([program("hubmeter"), f"--postgres={self.conninfo}", *map(str, words)], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def await_all(self):
        self.ledger.read()
        ends = self.ledger.ends()
        begin = time.monotonic()
        wait_for("everything that was sent",
                 lambda: all(self.offsets().get(place, 0) >= end for place, end in ends.items()), CATCH_UP_SECONDS)
        self.note(f"caught up in {time.monotonic() - begin:.2f} s")

    def check_programs(self):
        for member in self.members:
            member.leave()
            if member.ended or set(member.left) - {0}:
                self.faults.append(f"aggregator {member.number} ended with {member.ended}, left with {member.left}")
            if os.path.exists(member.log):
                with open(member.log, encoding="utf-8", errors="replace") as log:
                    crash = [line for line in log if CRASHED.search(line)]
                self.faults += [f"aggregator {member.number}: {line.strip()}" for line in crash[:1]]

    def check_pauses(self):
        if self.schedule.theme != "tenants":
            return
        limit = PAUSE_SECONDS * self.monitor.slowness()
        for hub, seconds in self.monitor.longest.items():
            if seconds > limit and hub not in self.victims and hub not in self.recreated:
                self.faults.append(f"{hub} waited {seconds:.1f} s because of another")

    def check(self, cuts):
        self.check_pauses()
        self.faults += self.monitor.broken
        self.expected = expect(self.ledger, cuts, self.given_up)
        if self.expected.missed != self.expected.given_up:
            self.faults.append(f"given up {dict(self.expected.given_up)}, sent there {dict(self.expected.missed)}")
        self.faults += faults(self.expected, stored(self.sql))

    def course(self):
        self.prepare()
        self.begun = time.monotonic()
        for member in self.members[:self.schedule.aggregators]:
            member.start()
        self.generator.tell("go")
        self.monitor.start()
        try:
            self.run_faults()
            self.become_quiet()
            self.ledger.read()
            cuts = self.decide()
            self.decide_gaps()
            self.await_all()
        finally:
            self.monitor.end()
            self.check_programs()
        self.check(cuts)

    def run(self):
        """What is wrong; nothing: all is well."""
        try:
            self.course()
        except Exception as error:  # said, with the seed; the next schedule has a database of its own
            detail = getattr(error, "stderr", None) or ""
            self.faults.append(f"{type(error).__name__}: {error} {detail}".strip())
            self.note_state()
        finally:
            self.generator.end()
            for member in self.members:
                if member.process:
                    member.kill()
            self.log.close()
        return self.faults

    def note_state(self):
        """For whoever reads the log of a failure."""
        try:
            for row in self.sql("SELECT * FROM ingest.partition ORDER BY 1, 2"):
                self.note("partition " + " ".join(row))
            self.note(f"ends {self.ledger.ends()}")
        except (subprocess.CalledProcessError, OSError) as error:
            self.note(f"no state: {error}")

    def clear(self):
        """Nothing is left of a schedule in which all was well."""
        self.site.sql("postgres", f"DROP DATABASE {self.database} WITH (FORCE)")
        shutil.rmtree(self.directory)

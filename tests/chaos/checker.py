"""PostgreSQL against the ledger, key by key, and how long each hub waited."""
import statistics
import subprocess
import threading
import time
from collections import defaultdict

from harness import QUANTITIES

SHOWN = 2  # differences of a kind that are printed
NODE_FIGURES = (
    "coverage_msec", "cpu_capacity_usec", "cpu_used_usec", "cpu_system_usec", "memory_capacity_mib_sec",
    "memory_used_mib_sec", "memory_system_mib_sec", "gpu_capacity_msec", "gpu_used_msec", "gpu_system_msec",
    "cpu_measured_usec", "cpu_steal_usec", "memory_measured_mib_sec", "measured_flags",
)
USEC = 1_000_000
NODES = "usage.node n JOIN usage.hub h ON h.hub_id = n.hub_id"
EPOCH = "extract(epoch FROM {})::bigint"
QUERIES = {
    "slots": f"SELECT h.name, n.name, w.kind, w.external_id, c.name, {EPOCH.format('slot_start')},"
             f" s.flags, {', '.join(QUANTITIES)} FROM usage.slot s JOIN usage.workload w USING (workload_id)"
             " JOIN usage.resource_class c USING (class_id) JOIN usage.node n ON n.node_id = w.node_id"
             " JOIN usage.hub h ON h.hub_id = n.hub_id",
    "node_slots": f"SELECT h.name, n.name, c.name, {EPOCH.format('slot_start')}, {', '.join(NODE_FIGURES)}"
                  " FROM usage.node_slot s JOIN usage.resource_class c USING (class_id)"
                  f" JOIN ({NODES}) ON n.node_id = s.node_id",
    "workloads": "SELECT h.name, n.name, w.kind, w.external_id, w.username, w.server_name, w.tag,"
                 f" {EPOCH.format('w.first_slot')} FROM usage.workload w JOIN ({NODES}) ON n.node_id = w.node_id",
    "watermarks": "SELECT split_part(topic, '.', 2), encode(stream, 'hex'), max(sequence) FROM ingest.watermark"
                  " GROUP BY 1, 2",
    "quarantine": "SELECT split_part(topic, '.', 2), count(*) FROM ingest.quarantine GROUP BY 1",
    "gaps": "SELECT split_part(topic, '.', 2), encode(stream, 'hex'), first_sequence, last_sequence FROM ingest.gap",
    "days": "SELECT DISTINCT h.name, d.day - date '1970-01-01' FROM ingest.dirty_day d JOIN usage.hub h"
            " USING (hub_id)",
}

# Where PostgreSQL keeps account of what became of every offset.
HAS_ACCOUNT = ("SELECT count(*) FROM information_schema.columns WHERE (table_schema, table_name, column_name)"
               " = ('ingest', 'partition', 'duplicates')")
ACCOUNT = "SELECT split_part(topic, '.', 2), sum(duplicates), sum(lost) FROM ingest.partition GROUP BY 1"
GAVE_UP = ("SELECT split_part(topic, '.', 2), partition, from_offset, to_offset FROM ingest.decision"
           " WHERE act = 'accept_gap'")


def whole(text):
    return None if text == "\\N" else int(text)


def stored(sql):
    """The tables as ledger.Expected has them; @sql: a query -> rows of text."""
    rows = {name: sql(query) for name, query in QUERIES.items()}
    gaps = defaultdict(set)
    for hub, stream, first, last in rows["gaps"]:
        gaps[hub, stream].update(range(int(first), int(last) + 1))
    has_account = sql(HAS_ACCOUNT) != [["0"]]
    account = sql(ACCOUNT) if has_account else []
    return {
        "duplicates": {hub: int(count) for hub, count, _ in account} if has_account else None,
        "given_up": {hub: int(count) for hub, _, count in account} if has_account else None,
        "decisions": {(hub, *map(int, offsets)) for hub, *offsets in sql(GAVE_UP)} if has_account else set(),
        "slots": {(hub, node, int(kind), workload, name, int(slot) * USEC): [int(figure) for figure in figures]
                  for hub, node, kind, workload, name, slot, *figures in rows["slots"]},
        "node_slots": {(hub, node, name, int(slot) * USEC): [whole(figure) for figure in figures]
                       for hub, node, name, slot, *figures in rows["node_slots"]},
        "workloads": {(hub, node, int(kind), workload): [user, server, tag, int(first) * USEC]
                      for hub, node, kind, workload, user, server, tag, first in rows["workloads"]},
        "watermarks": {(hub, stream): int(sequence) for hub, stream, sequence in rows["watermarks"]},
        "quarantine": {hub: int(count) for hub, count in rows["quarantine"]},
        "gaps": dict(gaps),
        "days": {(hub, int(day)) for hub, day in rows["days"]},
    }


def differences(what, expected, found):
    """Of two dictionaries: what is missing, what nobody sent, and what is not equal."""
    kinds = defaultdict(list)
    for key in expected.keys() | found.keys():
        if key not in found:
            kinds["missing"].append(f"{key} {expected[key]}")
        elif key not in expected:
            kinds["nobody's"].append(f"{key} {found[key]}")
        elif expected[key] != found[key]:
            kinds["different"].append(f"{key} expected {expected[key]} found {found[key]}")
    for kind, lines in sorted(kinds.items()):
        yield f"{what}: {len(lines)} of {len(expected)} {kind}: " + "; ".join(sorted(lines)[:SHOWN])


def gap_faults(expected, found):
    for stream in expected.missing.keys() | found.keys():
        missing, recorded = expected.missing.get(stream, set()), found.get(stream, set())
        silent, false = missing - recorded, recorded - missing
        if silent:
            yield f"gaps: {stream} lacks {sorted(silent)[:10]}, and no gap says so"
        if false:
            yield f"gaps: {stream} has all of {sorted(false)[:10]}, which a gap calls missing"


def faults(expected, found):
    """Everything that is not as the ledger has it."""
    for table in "slots", "node_slots", "workloads", "watermarks", "quarantine":
        yield from differences(table, getattr(expected, table), found[table])
    for column in "duplicates", "given_up":
        if found[column] is not None:
            yield from differences(column, *(
                {hub: count for hub, count in counts.items() if count and hub not in expected.begun_anew}
                for counts in (getattr(expected, column), found[column])))
    if expected.decisions != found["decisions"]:
        yield f"decisions: expected {sorted(expected.decisions)} found {sorted(found['decisions'])}"
    yield from gap_faults(expected, found["gaps"])
    unmarked = expected.days - found["days"]
    if unmarked:
        yield f"days: nobody will rate {sorted(unmarked)[:SHOWN]}"


class Monitor:
    """How long each hub had messages that did not come any further. Runs beside the schedule."""

    EVERY_SECONDS = 0.25
    LOOK_SECONDS = 0.05  # takes a look on a machine that has nothing else to do

    def __init__(self, ledger, sql):
        self.ledger, self.sql = ledger, sql
        self.longest = defaultdict(float)  # hub -> seconds
        self.since = {}                    # hub -> when it went on last, or had nothing left
        self.offsets = {}
        self.epochs = {}
        self.broken = []
        self.decided = set()  # hubs of which an operator may have said that they begin anew
        self.looks = []  # how long each took
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def start(self):
        self.thread.start()

    def end(self):
        self.over.set()
        self.thread.join()

    def watch(self):
        while not self.over.wait(self.EVERY_SECONDS):
            try:
                begin = time.monotonic()
                self.look()
                self.looks.append(time.monotonic() - begin)
            except subprocess.CalledProcessError:
                pass  # the server is away: nobody comes any further, which the next look sees

    def slowness(self):
        """Of this machine now, as a factor: limits of time are for one that does nothing else."""
        return max(1, statistics.median(self.looks) / self.LOOK_SECONDS) if self.looks else 1

    def look(self):
        rows = {(hub, int(partition)): (int(offset), int(epoch)) for hub, partition, offset, epoch in self.sql(
            "SELECT split_part(topic, '.', 2), partition, next_offset, owner_epoch FROM ingest.partition")}
        now = time.monotonic()
        self.ledger.read()
        ends = self.ledger.ends()
        self.compare_with_last(rows)
        for hub in {hub for hub, _ in ends}:
            offsets = {place: rows.get(place, (0, 0))[0] for place in ends if place[0] == hub}
            if offsets != self.offsets.get(hub) or all(offsets[place] >= ends[place] for place in offsets):
                self.since[hub] = now
            self.offsets[hub] = offsets
            self.longest[hub] = max(self.longest[hub], now - self.since.get(hub, now))

    def compare_with_last(self, rows):
        """Neither how far a partition was read nor its fencing token ever falls."""
        for place, (offset, epoch) in rows.items():
            last_offset, last_epoch = self.epochs.get(place, (0, 0))
            if epoch < last_epoch or (offset < last_offset and place[0] not in self.decided):
                self.broken.append(f"partition {place}: offset {last_offset} -> {offset},"
                                   f" epoch {last_epoch} -> {epoch}")
        self.epochs = rows

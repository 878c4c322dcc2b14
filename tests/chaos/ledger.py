"""What generate wrote down, and what must be in PostgreSQL because of it.

The oracle knows nothing of the aggregator but its contract (docs/architecture.md):

* of a stream's batches each number counts once, wherever and how often it came;
* garbage, and what comes from a node that uses another node's stream, goes to quarantine;
* a batch whose sums a column of 64 bits would not hold goes to quarantine;
* numbers that never came, below one that did, are a gap;
* offsets that an operator gave up count for nothing, and the account says so;
* of a topic that was deleted counts what was read before, of the one that was made anew everything.
"""
import threading
from collections import defaultdict

from usage_oracle import SLOT, over_slots

from harness import QUANTITIES

DAY = 86400 * 1_000_000
INT64_MAX = 2 ** 63 - 1
USED = [QUANTITIES.index(name) for name in ("cpu_used_usec", "memory_used_mib_sec", "gpu_used_msec")]


class Batch:
    """A line "B" and its lines "R"."""

    def __init__(self, fields):
        (_, self.hub, self.node, self.stream, sequence, start, end, self.node_class, coverage, *figures) = fields
        self.sequence, self.start, self.end, self.coverage = int(sequence), int(start), int(end), int(coverage)
        figures = [int(figure) for figure in figures]
        self.capacity, self.system = figures[0:6:2], figures[1:6:2]
        self.is_measured, self.measured_flags, *self.measured = figures[6:]
        self.rows = []


class Row:
    def __init__(self, fields, batch):
        kind, self.workload, self.user, self.server, self.tag, self.resource_class, flags, first, last, *rest = fields
        self.kind, self.flags = int(kind), int(flags)
        self.start, self.end = batch.start + int(first), batch.end - int(last)
        self.quantities = [int(quantity) for quantity in rest]


class Message:
    """A line "M": what Kafka acknowledged, and where it is."""

    def __init__(self, fields):
        self.hub, incarnation, partition, offset, self.kind, batch = fields
        self.incarnation, self.partition, self.offset = int(incarnation), int(partition), int(offset)
        self.batch = int(batch)


class Ledger:
    """May be read while it is written, by any thread: read() goes on where it was."""

    def __init__(self, path):
        self.path = path
        self.position = 0
        self.batches = {}
        self.messages = []
        self.last = None  # the batch that rows belong to
        self.lock = threading.Lock()

    def read(self):
        with self.lock:
            self.read_on()

    def read_on(self):
        with open(self.path, "rb") as file:
            file.seek(self.position)
            text = file.read()
        whole = text.rfind(b"\n") + 1
        self.position += whole
        for line in text[:whole].decode().split("\n")[:-1]:
            self.take(line.split("\t"))

    def take(self, fields):
        what, *fields = fields
        if what == "B":
            self.last = self.batches[int(fields[0])] = Batch(fields)
        elif what == "R":
            self.last.rows.append(Row(fields, self.last))
        else:
            self.messages.append(Message(fields))

    def ends(self):
        """(hub, partition) -> offset behind the last message, of the topics that there are now."""
        newest = {}
        for message in self.messages:
            newest[message.hub] = max(newest.get(message.hub, 0), message.incarnation)
        ends = defaultdict(int)
        for message in self.messages:
            if message.incarnation == newest[message.hub]:
                place = message.hub, message.partition
                ends[place] = max(ends[place], message.offset + 1)
        return dict(ends)


def shares(amount, start, end):
    """[(slot, share)]; most intervals lie in one slot."""
    slot = start - start % SLOT
    return [(slot, amount)] if end <= slot + SLOT else over_slots(amount, start, end)


def slots_of(start, end):
    return range(start - start % SLOT, end, SLOT)


class Expected:
    """What PostgreSQL must hold, by natural keys."""

    def __init__(self):
        self.slots = {}       # (hub, node, kind, workload, class, slot) -> [flags, *quantities]
        self.node_slots = {}  # (hub, node, class, slot) -> [coverage, (capacity, used, system) * 3, *measured]
        self.workloads = {}   # (hub, node, kind, workload) -> [user, server, tag, first slot]
        self.watermarks = {}  # (hub, stream) -> sequence
        self.missing = defaultdict(set)   # (hub, stream) -> numbers that a gap must hold
        self.quarantine = defaultdict(int)  # hub -> messages
        self.days = set()     # (hub, day)
        self.duplicates = defaultdict(int)  # hub -> messages
        self.begun_anew = set()  # hubs whose topic was made anew: an account begins then
        self.given_up = defaultdict(int)  # hub -> offsets, of messages or not
        self.missed = defaultdict(int)  # hub -> messages among them
        self.decisions = set()  # (hub, partition, first, last)
        self.lost = 0         # with a topic that was deleted before they were read

    def add(self, batch):
        self.add_node(batch)
        for row in batch.rows:
            self.add_row(batch, row)

    def node_slot(self, batch, slot):
        return self.node_slots.setdefault((batch.hub, batch.node, batch.node_class, slot), [0] * 10 + [0] * 4)

    def add_node(self, batch):
        figures = [batch.coverage]
        for capacity, system in zip(batch.capacity, batch.system):
            figures += [capacity, system, system]
        for index, amount in enumerate(figures + batch.measured):
            for slot, share in shares(amount, batch.start, batch.end):
                sums = self.node_slot(batch, slot)
                sums[index] = None if sums[index] is None else sums[index] + share
        for slot in slots_of(batch.start, batch.end):
            self.days.add((batch.hub, slot // DAY))
            sums = self.node_slot(batch, slot)
            if not batch.is_measured:
                sums[10:] = [None] * 4  # part of a slot measured is not measured
            elif sums[13] is not None:
                sums[13] |= batch.measured_flags

    def add_row(self, batch, row):
        workload = batch.hub, batch.node, row.kind, row.workload
        names = self.workloads.setdefault(workload, ["", "", "", row.start])
        names[:3] = [known or told for known, told in zip(names, (row.user, row.server, row.tag))]
        names[3] = min(names[3], row.start - row.start % SLOT)
        for slot in slots_of(row.start, row.end):
            self.slots.setdefault((*workload, row.resource_class, slot), [0] * 14)[0] |= row.flags
        for index, amount in enumerate(row.quantities):
            for slot, share in shares(amount, row.start, row.end):
                self.slots[(*workload, row.resource_class, slot)][1 + index] += share
                if index in USED:
                    self.node_slot(batch, slot)[2 + 3 * USED.index(index)] += share


def expect(ledger, cuts=(), given_up=()):
    """@cuts: {(hub, incarnation, partition): offset up to which a topic was read that was deleted}; @given_up:
    {(hub, partition): range of offsets that an operator goes on without}."""
    expected = Expected()
    given_up = dict(given_up)
    for (hub, partition), offsets in given_up.items():
        expected.given_up[hub] += len(offsets)
        expected.decisions.add((hub, partition, offsets[0], offsets[-1]))
    cuts = dict(cuts)
    expected.begun_anew = {hub for hub, _, _ in cuts}
    seen = defaultdict(set)
    for message in sorted(ledger.messages, key=lambda m: (m.hub, m.incarnation, m.partition, m.offset)):
        if message.offset >= cuts.get((message.hub, message.incarnation, message.partition), INT64_MAX):
            expected.lost += 1
            continue
        if message.offset in given_up.get((message.hub, message.partition), ()):
            expected.missed[message.hub] += 1
            continue
        if message.kind in ("garbage", "clone", "hostile"):
            expected.quarantine[message.hub] += 1
            continue
        batch = ledger.batches[message.batch]
        stream = batch.hub, batch.stream
        if batch.sequence in seen[stream]:
            expected.duplicates[message.hub] += 1
        else:
            seen[stream].add(batch.sequence)
            expected.add(batch)
    for stream, numbers in seen.items():
        expected.watermarks[stream] = max(numbers)
        expected.missing[stream] = set(range(1, max(numbers))) - numbers
    return expected

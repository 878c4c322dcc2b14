"""What must be in usage.slot after an import, worked out anew from the rules of hubmeter-usage(5).

An interval is cut at midnights of UTC; a piece gets the difference of the cumulative amount rounded
down, what used and reserved have in common by itself and what the greater has more by itself. Within
its day the aggregator splits a piece over the slots by largest remainder, the earlier slot first.
"""
import csv
import io
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from harness import QUANTITIES

USEC = 1_000_000
SLOT = 900 * USEC
DAY = 86400 * USEC
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
RESOURCES = (
    ("cpu_core_seconds", "cpu_reserved_core_seconds", USEC, 0),
    ("memory_mib_seconds", "memory_reserved_mib_seconds", 1, 3),
    ("gpu_seconds", "gpu_reserved_seconds", 1000, 6),
)
SINGLES = (("storage_mib_seconds", 9), ("net_rx_bytes", 10), ("net_tx_bytes", 11))
WALL = 12


def usec_of(text):
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) // timedelta(microseconds=1)


def text_of(usec):
    return (EPOCH + timedelta(microseconds=usec)).isoformat().replace("+00:00", "Z")


def whole(row, column, unit=1):
    value = Decimal(row.get(column) or 0) * unit
    assert value == int(value)
    return int(value)


def share(quantity, length, start, end):
    return quantity * end // length - quantity * start // length


def piece(row, length, start, end):
    """All quantities of [start, end) from the interval's start on."""
    amounts = [0] * len(QUANTITIES)
    for used, reserved, unit, at in RESOURCES:
        both = (whole(row, used, unit), whole(row, reserved, unit))
        low = share(min(both), length, start, end)
        high = low + share(max(both) - min(both), length, start, end)
        amounts[at:at + 3] = (high, low, high) if both[0] > both[1] else (low, high, high)
    for column, at in SINGLES:
        amounts[at] = share(whole(row, column), length, start, end)
    amounts[WALL] = end // 1000 - start // 1000
    return amounts


def over_slots(amount, start, end):
    """[(slot, share)] by largest remainder; ties go to the earlier slot."""
    slots = []
    for slot in range(start - start % SLOT, end, SLOT):
        weight = amount * (min(end, slot + SLOT) - max(start, slot))
        slots.append([slot, weight // (end - start), weight % (end - start)])
    left = amount - sum(part for _, part, _ in slots)
    for entry in sorted(slots, key=lambda entry: (-entry[2], entry[0]))[:left]:
        entry[1] += 1
    return [(slot, part) for slot, part, _ in slots]


def expected_slots(text):
    """(hub, node, workload, slot) -> quantities, for a whole file."""
    result = defaultdict(lambda: [0] * len(QUANTITIES))
    for row in csv.DictReader(io.StringIO(text)):
        start, end = usec_of(row["start"]), usec_of(row["end"])
        at = start
        while at < end:
            until = min(end, at - at % DAY + DAY)
            for index, amount in enumerate(piece(row, end - start, at - start, until - start)):
                for slot, part in over_slots(amount, at, until):
                    result[row["hub"], row["node"], row["workload"], slot][index] += part
            at = until
    return dict(result)


def stored_slots(services):
    columns = ", ".join(QUANTITIES)
    return {(hub, node, workload, int(slot) * USEC): [int(figure) for figure in figures]
            for hub, node, workload, slot, *figures in services.sql(
                f"SELECT h.name, n.name, w.external_id, extract(epoch FROM slot_start)::bigint, {columns}"
                " FROM usage.slot JOIN usage.workload w USING (workload_id)"
                " JOIN usage.node n USING (node_id) JOIN usage.hub h ON h.hub_id = n.hub_id")}

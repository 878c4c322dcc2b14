"""What happens in a schedule and when: drawn from its seed and from nothing else.

What is not to be thrown (options --with and --without) is drawn all the same and then left out, so that the rest
of a seed is what it always was.
"""
import random
from datetime import date

from faults import CRASHES, TENANTS, TRAFFIC

SECONDS = 7  # of traffic; faults begin in it
EPOCH = date(1970, 1, 1).toordinal()
AGGREGATOR_OPTIONS = {"flush-interval": ("50ms", "200ms", "200ms", "1s"), "flush-keys": (50, 1000, 50000),
                      "postgres-timeout": ("3s", "60s")}


class Schedule:
    """theme "crash": programs, services and connections fail. theme "tenants": hubs misbehave and nothing fails, so
    that how long a hub waits for another can be measured."""

    def __init__(self, seed, kinds):
        rng = random.Random(f"schedule {seed}")
        self.seed = seed
        self.theme = "tenants" if rng.random() < 0.2 else "crash"
        self.hubs = {f"s{seed}{letter}": (rng.randint(1, 3), rng.randint(1, 4), rng.randint(1, 12))
                     for letter in "abcd"[:rng.randint(2, 4)]}  # partitions, nodes, rows
        self.aggregators = 1 if self.theme == "tenants" else rng.choice((1, 1, 2, 3))
        self.interval_msec = rng.choice((5, 10, 20))
        self.options = [*(f"--{name}={rng.choice(values)}" for name, values in AGGREGATOR_OPTIONS.items()),
                        "--leave-timeout=5s", "--stats-interval=1s"]
        table, more = (CRASHES, 0) if self.theme == "crash" else (TENANTS, 1)
        names = rng.choices(list(table), [fault.weight for fault in table.values()], k=rng.randint(1, 4) + more)
        faults = [(rng.uniform(0.3, SECONDS - 1), name, index) for index, name in enumerate(names)]
        names = rng.choices(list(TRAFFIC), TRAFFIC.values(), k=rng.randint(3, 12))
        traffic = [(rng.uniform(0, SECONDS), name, rng.choice(list(self.hubs)), rng.randint(1, 20)) for name in names]
        self.faults = sorted(fault for fault in faults if fault[1] in kinds)
        self.traffic = sorted(event for event in traffic if event[1] in kinds)
        self.crosses_months = rng.random() < 0.3

    def day(self, day):
        """Of 1970, where usage begins: @day, or the last one of the month before."""
        if not self.crosses_months:
            return day
        return (date.fromordinal(EPOCH + day).replace(day=1)).toordinal() - 1 - EPOCH

    def rng(self, index):
        """What fault number @index draws from."""
        return random.Random(f"fault {self.seed} {index}")

"""What charges must be, worked out slot by slot with fractions: nothing here is shared with the SQL.

A world is people with user names, homes and groups that change, tagged servers, prices that change
in the middle of a day, and usage. Times are slots: quarters of an hour since FIRST.
"""
import collections
import datetime
import random
from fractions import Fraction

FIRST = datetime.datetime(2026, 8, 30, tzinfo=datetime.timezone.utc)
DAYS = 5
SLOTS = DAYS * 96
BASE = {"cpu": 3600000000, "memory": 3686400}
HUBS = {"hub-1": "north", "hub-2": "south"}
ZONE_HOURS = {"north": -4, "south": 2}  # America/New_York and Europe/Berlin in August and September
UNITS = {"north": ["bio", "phys", "chem"], "south": ["law", "art"]}

Line = collections.namedtuple("Line", "hub day username tag resource month price")
Payer = collections.namedtuple("Payer", "rule institution unit group weight month")


def instant(slot):
    return FIRST + datetime.timedelta(minutes=15 * slot)


def text(slot):
    return "" if slot is None else instant(slot).strftime("%Y-%m-%dT%H:%MZ")


def month_of(institution, slot):
    return (instant(slot) + datetime.timedelta(hours=ZONE_HOURS[institution])).strftime("%Y-%m-01")


def holds(row, slot):
    start, end = row
    return (start is None or start <= slot) and (end is None or slot < end)


class World:
    """Everything that is drawn, and the CSV files that say it."""

    def __init__(self, seed, people):
        draw = self.draw = random.Random(seed)
        self.homes, self.aliases, self.members, self.usage = {}, {}, collections.defaultdict(list), {}
        self.groups = {f"g{n}": self.pieces([("north", u) for u in UNITS["north"]] + [None]) for n in range(6)}
        self.policy = {"north": self.pieces(["home", "weights", "equal"]), "south": self.pieces(["equal", None])}
        self.bound = {"hub-1": self.pieces([None, None, "g5"]), "hub-2": self.pieces([None])}
        self.prices = {(owner, resource): self.pieces([None] + [Fraction(draw.randrange(1, 10**9), 10**11)
                                                                for _ in range(3)])
                       for owner in ZONE_HOURS for resource in BASE}
        for number in range(people):
            self.person(f"p{number}")

    def pieces(self, values):
        """[(start, end, value)] over all time, cut at up to three slots."""
        cuts = sorted(self.draw.sample(range(1, SLOTS), self.draw.randrange(4)))
        bounds = [None, *cuts, None]
        return [(a, b, self.draw.choice(values)) for a, b in zip(bounds, bounds[1:])]

    def person(self, person):
        draw = self.draw
        units = [(i, u) for i, names in UNITS.items() for u in names]
        self.homes[person] = self.pieces(units + [None])
        hub = draw.choice(list(HUBS))
        for owner in (person, *(["stranger"] if draw.random() < 0.05 else [])):
            username = f"{owner}@{hub}" if owner != "stranger" else f"x-{person}"
            if owner != "stranger":
                self.aliases[hub, username] = self.pieces([person, person, person, None])
            for tag in sorted({"", draw.choice(["", "", "g0", "g1", "nope"])}):
                slots = draw.sample(range(SLOTS), draw.randrange(8, 40))
                self.usage[hub, username, tag] = {
                    slot: (draw.randrange(1, 10**10), draw.randrange(1, 10**7)) for slot in slots}
        for group in draw.sample(sorted(self.groups), draw.choice([0, 0, 1, 2, 3])):
            start, end, _ = draw.choice(self.pieces([0]))
            self.members[person].append((0 if start is None else start, end, group, draw.choice([None, 1, 2, 75])))

    # --- as files ---

    def files(self):
        def rows(pieces):
            return [(text(a), text(b), value) for a, b, value in pieces if value is not None]

        org = ["institution,time_zone,currency,unit,name,hub", "north,America/New_York,USD,,North,",
               "south,Europe/Berlin,USD,,South,"]
        org += [f"{i},,,{u},{u}," for i, names in UNITS.items() for u in names]
        org += [f"{i},,,,,{hub}" for hub, i in HUBS.items()]
        people = ["person,name,hub,username,valid_from,valid_to"] + [f"{p},{p},,,," for p in sorted(self.homes)]
        people += [f"{p},{p},{hub},{name},{a},{b}" for (hub, name), pieces in self.aliases.items()
                   for a, b, p in rows(pieces)]
        memberships = ["person,institution,unit,valid_from,valid_to,home"]
        memberships += [f"{p},{unit[0]},{unit[1]},{a or '2020-01-01'},{b},yes" for p, pieces in self.homes.items()
                        for a, b, unit in rows(pieces)]
        groups = ["institution,group,kind,name,unit,hub,policy,valid_from,valid_to"]
        groups += [f"north,{g},lab,{g},,,,," for g in self.groups]
        groups += [f"north,{g},,,{unit[1]},,,{a},{b}" for g, pieces in self.groups.items()
                   for a, b, unit in rows(pieces)]
        groups += [f"{i},,,,,,{p},{a},{b}" for i, pieces in self.policy.items() for a, b, p in rows(pieces)]
        groups += [f"north,{g},,,,{hub},,{a},{b}" for hub, pieces in self.bound.items() for a, b, g in rows(pieces)]
        members = ["person,institution,group,weight,valid_from,valid_to"]
        members += [f"{p},north,{g},{'' if w is None else w},{text(a)},{text(b)}"
                    for p, joined in self.members.items() for a, b, g, w in joined]
        prices = ["institution,resource,class,rate,valid_from,valid_to"]
        prices += [f"{i},{r},,0.{int(rate * 10**11):011},{a or '2020-01-01'},{b}"
                   for (i, r), pieces in self.prices.items() for a, b, rate in rows(pieces)]
        return {kind: "\n".join(lines) + "\n" for kind, lines in (
            ("org", org), ("people", people), ("memberships", memberships), ("groups", groups),
            ("members", members), ("prices", prices))}

    def slots(self):
        """(hub, username, tag, slot, cpu, memory), in no order."""
        found = [(*key, slot, *quantities) for key, slots in self.usage.items() for slot, quantities in slots.items()]
        self.draw.shuffle(found)
        return found

    # --- as charges ---

    def at(self, pieces, slot):
        return next(value for a, b, value in pieces if holds((a, b), slot))

    def payers(self, hub, username, tag, slot):
        """Who pays for a slot of usage, as DESIGN has it: the first rule that applies."""
        pieces = self.aliases.get((hub, username))
        person = self.at(pieces, slot) if pieces else None
        home = self.at(self.homes[person], slot) if person else None
        mine = [(g, w) for a, b, g, w in self.members.get(person, []) if holds((a, b), slot)]
        bound = self.at(self.bound[hub], slot)
        if tag:
            chosen = [("tag", g, 1) for g, _ in mine if g == tag]
        elif bound:
            chosen = [("hub", bound, 1)]
        elif len(mine) == 1:
            chosen = [("group", mine[0][0], 1)]
        elif mine:
            policy = self.at(self.policy[home[0] if home else HUBS[hub]], slot)
            chosen = [("equal", g, 1) for g, _ in mine] if policy == "equal" else \
                     [("weights", g, w) for g, w in mine if w] if policy == "weights" else []
        else:
            chosen = []
        found = [(rule, self.at(self.groups[g], slot), g, weight) for rule, g, weight in chosen]
        if not found:
            found = [("home", home if not tag else None, None, 1)]
        return tuple(sorted(
            Payer(rule if unit else "suspense", unit[0] if unit else HUBS[hub], unit[1] if unit else None, group,
                  weight, month_of(unit[0] if unit else HUBS[hub], slot))
            for rule, unit, group, weight in found)), person

    def charges(self):
        """{line: (billable, amount)} and {line: {(payer, person): [exact amount, exact quantity]}}."""
        billable = collections.Counter()
        parts = collections.defaultdict(collections.Counter)
        for hub, username, tag, slot, cpu, memory in self.slots():
            owner = HUBS[hub]
            answer = self.payers(hub, username, tag, slot)
            for resource, quantity in (("cpu", cpu), ("memory", memory)):
                rate = self.at(self.prices[owner, resource], slot)
                start = next(a for a, b, _ in self.prices[owner, resource] if holds((a, b), slot))
                line = Line(hub, instant(slot).strftime("%Y-%m-%d"), username, tag, resource, month_of(owner, slot),
                            None if rate is None else (start, rate))
                billable[line] += quantity
                parts[line][answer] += quantity
        amounts = {line: round_half_away(Fraction(quantity) * (line.price[1] if line.price else 0)
                                         / BASE[line.resource])
                   for line, quantity in billable.items()}
        shares = collections.defaultdict(lambda: collections.defaultdict(lambda: [Fraction(0), Fraction(0)]))
        for line, answers in parts.items():
            for (payers, person), quantity in answers.items():
                weights = sum(p.weight for p in payers)
                for payer in payers:
                    share = shares[line][payer._replace(weight=0), person]
                    share[0] += amounts[line] * Fraction(quantity, billable[line]) * payer.weight / weights
                    share[1] += Fraction(quantity * payer.weight, weights)
        return {line: (billable[line], amounts[line]) for line in billable}, shares


def round_half_away(amount):
    nanos = amount * 10**9
    return Fraction((2 * nanos.numerator + nanos.denominator) // (2 * nanos.denominator), 10**9)

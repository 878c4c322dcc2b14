"""Which fund must pay how much, worked out with whole numbers: nothing here is shared with the SQL.

Amounts are nano-units of the currency, times are slots as in charge_oracle.
"""
import calendar
import collections
import dataclasses
import datetime
from fractions import Fraction

from charge_oracle import BASE, FIRST, HUBS, SLOTS, UNITS, ZONE_HOURS, Payer, World, holds, instant, month_of, text

CENT = 10**7
AWARDS = ("federal", "sponsored")
WINDOWS = ("life", "fiscal_year", "month")
CLASSES = ("", "big", "gpu")
UNLIMITED = float("inf")  # room only, never an amount

Fund = collections.namedtuple("Fund", "code kind start end last_posting amount overdraw amendments")
Amendment = collections.namedtuple("Amendment", "kind amount start end last_posting effective")
Version = collections.namedtuple("Version", "start legs approved")
Leg = collections.namedtuple("Leg", "tier sequence fund weight cap window classes on_exhaust")
Assignment = collections.namedtuple("Assignment", "scope code plan start end")
Cap = collections.namedtuple("Cap", "scope code amount window overdraw start end")
Share = dataclasses.make_dataclass("Share", (
    "hub username server tag kind machine resource basis rate sequence day institution unit person group month "
    "currency amount slots").split(), eq=False)
Piece = dataclasses.make_dataclass("Piece", "share amount slots start plan version reason".split(), eq=False)
Paid = collections.namedtuple("Paid", "plan start tier sequence fund")


def split(total, weights):
    """Largest remainder; ties to the earlier."""
    whole, size = sum(weights), abs(total)
    parts = [size * weight // whole for weight in weights]
    by_fraction = sorted(range(len(weights)), key=lambda n: (-(size * weights[n] % whole), n))
    for n in by_fraction[:size - sum(parts)]:
        parts[n] += 1
    return [part if total >= 0 else -part for part in parts]


def midnight(institution, day):
    return None if day is None else (day - FIRST.date()).days * 96 - 4 * ZONE_HOURS[institution]


class Rules:
    """The funds, plans and caps of an institution, and the files that say them."""

    def __init__(self, institution, fiscal_year_start=1, currency="USD"):
        self.institution, self.fiscal_year_start, self.currency = institution, fiscal_year_start, currency
        self.funds, self.plans, self.assignments, self.caps, self.parents = {}, {}, [], [], {}

    # --- what holds at a slot ---

    def term(self, fund, name):
        """As amended, with all that is known."""
        said = [(a.effective, n, getattr(a, name)) for n, a in enumerate(fund.amendments)
                if getattr(a, name) is not None]
        return max(said)[2] if said else getattr(fund, name)

    def period(self, fund):
        end = self.term(fund, "end")
        return (midnight(self.institution, self.term(fund, "start")),
                midnight(self.institution, end + datetime.timedelta(days=1) if end else None))

    def worth(self, fund, slot):
        return fund.overdraw + fund.amount + sum(
            a.amount for a in fund.amendments if midnight(self.institution, a.effective) <= slot)

    def above(self, unit, slot):
        """The unit and all that it belongs to, nearest first."""
        found = []
        while unit is not None:
            found.append(unit)
            unit = next((p for a, b, p in self.parents.get(unit, []) if holds((a, b), slot)), None)
        return found

    def boundaries(self):
        spans = [(v.start, None) for versions in self.plans.values() for v in versions if v.approved]
        spans += [(row.start, row.end) for row in self.assignments + self.caps]
        spans += [(a, b) for pieces in self.parents.values() for a, b, parent in pieces if parent is not None]
        spans += [self.period(fund) for fund in self.funds.values()]
        spans += [(midnight(self.institution, a.effective), None)
                  for fund in self.funds.values() for a in fund.amendments if a.amount]
        return {slot for span in spans for slot in span if slot is not None}

    def plan(self, share, slot):
        asked = [("tag", share.tag), ("group", share.group), ("person", share.person),
                 *(("unit", unit) for unit in self.above(share.unit, slot))]
        for scope, code in asked:
            for row in self.assignments:
                if code and (row.scope, row.code) == (scope, code) and holds((row.start, row.end), slot):
                    return row.plan
        return None

    def version(self, plan, slot):
        found = [v for v in self.plans[plan] if v.approved and v.start <= slot]
        return max(found, key=lambda v: v.start, default=None)

    def window(self, window, month):
        """What tells one fiscal year or month from another."""
        if window == "life":
            return ""
        year, number = int(month[:4]), int(month[5:7])
        return month if window == "month" else str(year - (number < self.fiscal_year_start))

    # --- as files ---

    def files(self):
        def money(amount):
            if amount is None:
                return ""
            return f"{'-' * (amount < 0)}{abs(amount) // (100 * CENT)}.{abs(amount) // CENT % 100:02}"

        def day(value):
            return value or ""

        files, who = {}, self.institution
        files["funds"] = "institution,fund,name,kind,chart_string,start,end,last_posting,amount,overdraw\n" + "".join(
            f"{who},{f.code},{f.code},{f.kind},{f.code},{day(f.start)},{day(f.end)},{day(f.last_posting)},"
            f"{money(f.amount)},{money(f.overdraw)}\n" for f in self.funds.values())
        files["amendments"] = "institution,fund,kind,amount,start,end,last_posting,effective,reference\n" + "".join(
            f"{who},{f.code},{a.kind},{money(a.amount or None)},{day(a.start)},{day(a.end)},{day(a.last_posting)},"
            f"{a.effective},{f.code}/{n}\n" for f in self.funds.values() for n, a in enumerate(f.amendments))
        files["plans"] = ("institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,only_classes,on_exhaust,"
                          "basis,author,approver\n") + "".join(
            f"{who},{plan},{text(v.start)},{l.tier},{l.sequence},{l.fund},{l.weight},{money(l.cap)},{l.window or ''},"
            f"{' '.join(c or '(none)' for c in l.classes or ())},{l.on_exhaust if l.tier < v.legs[-1].tier else ''},"
            f"why,author,{'approver' if v.approved else ''}\n"
            for plan, versions in self.plans.items() for v in versions for l in v.legs)
        files["assignments"] = "institution,plan,scope,code,valid_from,valid_to\n" + "".join(
            f"{who},{a.plan},{a.scope},{a.code},{text(a.start)},{text(a.end)}\n" for a in self.assignments)
        files["caps"] = "institution,scope,code,amount,window,overdraw,valid_from,valid_to\n" + "".join(
            f"{who},{c.scope},{c.code},{money(c.amount)},{c.window},{money(c.overdraw)},{text(c.start)},{text(c.end)}\n"
            for c in self.caps)
        return {kind: file for kind, file in files.items() if file.count("\n") > 1}


class Funding:
    """What every leg of every plan pays of some shares of an institution."""

    def __init__(self, rules, shares):
        self.rules = rules
        self.spent = collections.Counter()
        self.legs = {share: collections.Counter() for share in shares}
        self.reasons = {}
        self.seen = collections.Counter()  # what happened, so that a law can tell that it was put to the test
        boundaries = rules.boundaries()
        steps = collections.defaultdict(list)
        for share in shares:
            for piece in self.pieces(share, boundaries):
                steps[piece.start].append(piece)
        for start in sorted(steps):
            self.step(steps[start])

    # --- cutting ---

    def pieces(self, share, boundaries):
        first = (datetime.date.fromisoformat(share.day) - FIRST.date()).days * 96
        starts = sorted({first} | {slot for slot in boundaries if first < slot < first + 96})
        by_step = collections.defaultdict(list)
        for slot, billable in share.slots:
            by_step[max(start for start in starts if start <= slot)].append((slot, billable))
        used = sorted(by_step)
        if len(used) == 1:
            amounts = [share.amount]
        else:
            amounts = split(share.amount, [sum(billable for _, billable in by_step[start]) for start in used])
        for start, amount in zip(used, amounts):
            if amount:
                self.seen["cut"] += len(used) > 1
                yield self.route(share, amount, by_step[start], start)

    def route(self, share, amount, slots, start):
        plan = version = reason = None
        if share.unit is None:
            reason = "suspense"
        elif share.currency != self.rules.currency:
            reason = "currency"
        else:
            plan = self.rules.plan(share, start)
            version = self.rules.version(plan, start) if plan else None
            reason = "plan" if plan is None else "version" if version is None else None
        return Piece(share, amount, slots, start, plan, version, reason)

    def atoms(self, piece):
        """(order, piece, amount) of each slot."""
        share = piece.share
        slots = piece.slots
        amounts = [piece.amount] if len(slots) == 1 else split(piece.amount, [billable for _, billable in slots])
        for (slot, _), amount in zip(slots, amounts):
            if amount:
                order = (slot, *(name.encode() for name in (share.unit, share.hub, share.username, share.server,
                                                            share.tag)),
                         share.kind, *(name.encode() for name in (share.machine, share.resource, share.basis)),
                         share.rate or 0, share.sequence)
                yield order, piece, amount

    # --- one leg ---

    def closed(self, piece, leg):
        """Why the leg pays nothing of this, however much money it has; None: it is open."""
        if leg.classes is not None and piece.share.machine not in leg.classes:
            return "class"
        fund = self.rules.funds[leg.fund]
        if not holds(self.rules.period(fund), piece.start):
            return "period"
        end, posting = self.rules.term(fund, "end"), self.rules.term(fund, "last_posting")
        if posting is None and end is not None:
            posting = end + datetime.timedelta(days=120)
        month = datetime.date.fromisoformat(piece.share.month)
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        return "posting" if posting is not None and last > posting else None

    def payers(self, piece, leg):
        """Who has paid when the leg pays."""
        found = [("fund", leg.fund), ("leg", (piece.plan, leg.fund))]
        if leg.tier < piece.version.legs[-1].tier:
            found += [("plan", piece.plan), ("person", piece.share.person)]
            found += [("unit", unit) for unit in self.rules.above(piece.share.unit, piece.start // 96 * 96)]
        return found

    def counted(self, piece, leg):
        """The counters of what the leg pays."""
        return [(*payer, window, self.rules.window(window, piece.share.month))
                for payer in self.payers(piece, leg) for window in WINDOWS]

    def limits(self, piece, leg):
        """{counter: how much it may reach in all}."""
        rules, month = self.rules, piece.share.month
        fund, payers = rules.funds[leg.fund], self.payers(piece, leg)
        found = collections.defaultdict(lambda: UNLIMITED)
        if fund.amount is not None:
            found["fund", leg.fund, "life", ""] = rules.worth(fund, piece.start)
        if leg.cap is not None:
            found["leg", (piece.plan, leg.fund), leg.window, rules.window(leg.window, month)] = leg.cap
        for cap in rules.caps:
            if (cap.scope, cap.code) in payers and holds((cap.start, cap.end), piece.start):
                key = (cap.scope, cap.code, cap.window, rules.window(cap.window, month))
                found[key] = min(found[key], cap.amount + cap.overdraw)
        return found

    def book(self, piece, leg, amount):
        self.legs[piece.share][Paid(piece.plan, piece.version.start, leg.tier, leg.sequence, leg.fund)] += amount
        for key in self.counted(piece, leg):
            self.spent[key] += amount

    def room(self, piece, leg):
        return min((limit - self.spent[key] for key, limit in self.limits(piece, leg).items()), default=UNLIMITED)

    # --- one amount ---

    def flow(self, piece, total, room, book):
        """Through the tiers: room(leg) says how much it may take, book(leg, amount) that it took it."""
        legs, pending = piece.version.legs, [total, 0]  # what any leg may take, what no award may
        for tier in range(1, legs[-1].tier + 1):
            of_tier = [leg for leg in legs if leg.tier == tier]
            pool, pending = pending, [0, 0]
            is_again = False
            while any(pool):
                back = [0, 0]
                for restricted in (0, 1):
                    if not pool[restricted]:
                        continue
                    among = [leg for leg in of_tier if not is_again or self.has_room(piece, leg, restricted, room)]
                    if not among:
                        pending[restricted] += pool[restricted]
                        continue
                    self.seen["redistributed"] += is_again
                    for leg, part in zip(among, split(pool[restricted], [leg.weight for leg in among])):
                        closed, rest = self.offer(piece, leg, part, restricted, room, book)
                        is_kept = closed is None and (is_again or leg.on_exhaust == "redistribute")
                        is_refused = self.is_award(leg) and closed != "class"
                        (back if is_kept else pending)[restricted or is_refused] += rest
                pool, is_again = back, True
        if any(pending):
            self.seen["unpaid"] += 1
            book(None, sum(pending))

    def is_award(self, leg):
        return self.rules.funds[leg.fund].kind in AWARDS

    def has_room(self, piece, leg, restricted, room):
        return (self.closed(piece, leg) is None and not (restricted and self.is_award(leg))
                and (room(leg) > 0 or leg.on_exhaust == "overdraw"))

    def offer(self, piece, leg, part, restricted, room, book):
        """Why the leg is closed for this, and what it doesn't take."""
        closed = self.closed(piece, leg)
        if closed is None and restricted and self.is_award(leg):
            closed = "restricted"
        if closed:
            taken = 0
        elif part < 0 or leg.on_exhaust == "overdraw":
            taken = part
            self.seen["overdraw"] += part > room(leg)
        else:
            taken = max(0, min(part, room(leg)))
        if taken:
            book(leg, taken)
            self.seen["credit"] += taken < 0
            self.seen["exhausted credit"] += taken < 0 and room(leg) <= 0
        if part != taken:
            self.seen[closed or leg.on_exhaust] += 1
        return closed, part - taken

    # --- one step ---

    def step(self, pieces):
        todo = []
        for piece in pieces:
            if piece.reason:
                self.legs[piece.share][None] += piece.amount
                self.seen[piece.reason] += 1
            else:
                todo.append(piece)
        whole = {piece: self.whole(piece) for piece in todo}
        in_order = self.contested(whole)
        atoms = [atom for piece in in_order for atom in self.atoms(piece)]
        self.seen["in order"] += len(atoms)
        for piece, booked in whole.items():
            if piece not in in_order:
                for leg, amount in booked:
                    self.pay(piece, leg, amount)
        for _, piece, amount in sorted(atoms, key=lambda atom: atom[0]):
            self.flow(piece, amount, lambda leg, p=piece: self.room(p, leg),
                      lambda leg, taken, p=piece: self.pay(p, leg, taken))

    def pay(self, piece, leg, amount):
        if leg is None:
            self.legs[piece.share][None] += amount
        else:
            self.book(piece, leg, amount)

    def whole(self, piece):
        """[(leg, amount)] if every leg that has room has room enough."""
        booked = []
        self.flow(piece, piece.amount, lambda leg: UNLIMITED if self.room(piece, leg) > 0 else 0,
                  lambda leg, taken: booked.append((leg, taken)))
        return booked

    def contested(self, whole):
        """The pieces for which it matters who was first: a counter is asked for more than its room."""
        reach = {piece: [leg for leg in piece.version.legs if self.closed(piece, leg) is None] for piece in whole}
        linking = self.linking(reach)
        reach = {piece: {key for leg in legs for key in self.counted(piece, leg)} & linking
                 for piece, legs in reach.items()}
        asked, rooms, keys = collections.Counter(), collections.defaultdict(lambda: UNLIMITED), set()
        for piece, booked in whole.items():
            for leg, amount in booked:
                if leg is None:
                    continue
                limits = self.limits(piece, leg)
                for key in self.counted(piece, leg):
                    asked[key] += max(0, amount)
                    room = limits.get(key, UNLIMITED) - self.spent[key]
                    if room > 0:
                        rooms[key] = min(rooms[key], room)
                    elif amount < 0:
                        keys.add(key)  # what is given back may be spent again in the same step
        keys |= {key for key, amount in asked.items() if amount > rooms[key]}
        reach = {piece: reached | (keys & {key for leg in piece.version.legs if self.closed(piece, leg) is None
                                           for key in self.counted(piece, leg)})
                 for piece, reached in reach.items()}
        found = set()
        while True:
            more = {piece for piece in whole if piece not in found and reach[piece] & keys}
            if not more:
                return found
            found |= more
            keys |= {key for piece in more for key in reach[piece]}

    def linking(self, reach):
        """The counters that may run out in the step: what lasts for all, or is used up all along, links nobody."""
        wished, least, most = collections.Counter(), {}, {}
        for piece, legs in reach.items():
            for key in {key for leg in legs for key in self.counted(piece, leg)}:
                limits = [self.limits(piece, leg).get(key, UNLIMITED) for leg in legs
                          if key in self.counted(piece, leg)]
                wished[key] += max(0, piece.amount)
                least[key] = min([least.get(key, UNLIMITED), *limits])
                most[key] = max([most.get(key, -1), *(limit for limit in limits if limit < UNLIMITED),
                                 *([UNLIMITED] if piece.amount < 0 else [])])
        return {key for key, amount in wished.items()
                if amount > least[key] - self.spent[key] and most[key] > self.spent[key]}


# ----------------------------------------------------------------------------------------------------
# Worlds that are drawn
# ----------------------------------------------------------------------------------------------------

class FundedWorld(World):
    """A world of charges with classes of machine, a tree of departments, and money."""

    def __init__(self, seed, people):
        super().__init__(seed, people)
        self.is_billed = False
        draw = self.draw
        for key, pieces in self.aliases.items():  # a world of charges has too much in suspense
            if draw.random() < 0.8:
                self.aliases[key] = [(None, None, next(p for _, _, p in pieces if p))] if any(
                    p for _, _, p in pieces) else pieces
        self.machines = {key: self.pieces(CLASSES) for key in self.usage}
        self.rules = {"north": Rules("north", draw.choice([1, 9])), "south": Rules("south", draw.choice([7, 9]))}
        self.rules["north"].parents = {"chem": self.pieces(["bio", "phys", None]), "phys": self.pieces(["bio", None])}
        self.rules["south"].parents = {"art": self.pieces(["law", None])}
        for rules in self.rules.values():
            self.draw_funds(rules)
            self.draw_plans(rules)
            self.draw_reach(rules)

    def day(self, chance=0.5):
        if self.draw.random() > chance:
            return None
        return FIRST.date() + datetime.timedelta(days=self.draw.randrange(1, 4))

    def money(self, most):
        return self.draw.randrange(most) * CENT

    def draw_funds(self, rules):
        draw = self.draw
        for code, kind in (("NSF", "federal"), ("NIH", "federal"), ("ACME", "sponsored"), ("GIFT", "gift"),
                           ("PRE", "prepaid"), ("CREDIT", "subsidy"), ("OP", "operating"), ("SUB", "subsidy"),
                           ("DEAN", "operating")):
            last = code in ("OP", "SUB", "DEAN")  # of a tier that pays whatever is left
            start, end = (None, None) if code == "OP" else (self.day(0.25), self.day(0.25))
            if start and end and end < start:
                start, end = end, start
            posting = None if not end else draw.choice([None, end, end + datetime.timedelta(days=draw.randrange(40))])
            amount = None if last or draw.random() < 0.3 else self.money(150)
            overdraw = 0 if amount is None or draw.random() < 0.6 else self.money(20)
            amendments = []
            if amount is not None and draw.random() < 0.6:
                days = draw.sample(range(-2, 5), 2)
                amendments.append(Amendment("increment", (1 + draw.randrange(60)) * CENT, None, None, None,
                                            FIRST.date() + datetime.timedelta(days=days[0])))
                if amount > 30 * CENT and draw.random() < 0.5:
                    amendments.append(Amendment("de-obligation", -draw.randrange(1, 30) * CENT, None, None, None,
                                                FIRST.date() + datetime.timedelta(days=days[1])))
            if end and draw.random() < 0.5:
                amendments.append(Amendment("extension", 0, None, end + datetime.timedelta(days=1), None,
                                            end + datetime.timedelta(days=20)))
            rules.funds[code] = Fund(code, kind, start, end, posting, amount, overdraw, amendments)

    def draw_plans(self, rules):
        draw = self.draw
        for number in range(5):
            plan = f"plan{number}"
            starts = sorted([draw.choice([-96 * 200, -96 * 200, draw.randrange(300)]),
                             *draw.sample(range(300, 420), draw.randrange(2)),
                             *draw.sample(range(0, 299), draw.randrange(2))])
            rules.plans[plan] = [Version(start, self.draw_legs(rules), draw.random() > 0.15)
                                 for start in dict.fromkeys(starts)]

    def draw_legs(self, rules):
        draw = self.draw
        tiers = draw.randrange(1, 5)
        legs, award = [], None
        for tier in range(1, tiers + 1):
            last = tier == tiers
            codes = ["OP", "OP", "SUB", "DEAN"] if last else ["NSF", "NIH", "ACME", "GIFT", "PRE", "CREDIT", "OP",
                                                              "DEAN"]
            chosen = list(dict.fromkeys(draw.sample(codes, draw.randrange(1, 5 - last))))
            if award:  # 2 CFR 200.405(c): no other award after it
                chosen = [c for c in chosen if rules.funds[c].kind not in AWARDS or c == award] or ["GIFT"]
            awards = [c for c in chosen if rules.funds[c].kind in AWARDS]
            if len(awards) > 1:
                award = "none"
            elif awards:
                award = awards[0]
            cuts = sorted(draw.sample(range(1, 1000000), len(chosen) - 1))
            weights = [b - a for a, b in zip([0, *cuts], [*cuts, 1000000])]
            if draw.random() < 0.3:  # ties
                weights = [1000000 // len(chosen)] * len(chosen)
                weights[0] += 1000000 - sum(weights)
            for sequence, (code, weight) in enumerate(zip(chosen, weights), 1):
                on_exhaust = draw.choice(["spill", "redistribute", "redistribute", "overdraw", "deny"])
                if code in awards and (on_exhaust == "overdraw" or len(awards) > 1):
                    on_exhaust = "spill"
                cap = None if last or draw.random() < 0.5 else self.money(60)
                classes = None if last or draw.random() < 0.7 else tuple(draw.sample(CLASSES, draw.randrange(1, 3)))
                legs.append(Leg(tier, sequence, code, weight, cap, draw.choice(WINDOWS) if cap is not None else None,
                                classes, "spill" if last else on_exhaust))
        return legs

    def draw_reach(self, rules):
        draw = self.draw
        plans = list(rules.plans)
        north = rules.institution == "north"
        people = draw.sample(sorted(self.homes), len(self.homes) // 3)
        scopes = [("unit", unit, 0.8) for unit in UNITS[rules.institution]] + [("person", p, 0.5) for p in people]
        if north:
            scopes += [("group", group, 0.4) for group in self.groups] + [("tag", "g0", 0.5), ("tag", "g1", 0.5)]
        for scope, code, chance in scopes:
            if draw.random() < chance:
                rules.assignments += [Assignment(scope, code, plan, a, b)
                                      for a, b, plan in self.pieces([*plans, None]) if plan]
        limited = [("fund", code) for code in rules.funds] + [("plan", plan) for plan in plans]
        limited += [("unit", unit) for unit in UNITS[rules.institution]] + [("person", person) for person in people]
        for scope, code in draw.sample(limited, len(limited) // 3):
            for window in draw.sample(WINDOWS, draw.choice([1, 1, 2])):
                rules.caps += [Cap(scope, code, amount, window, draw.choice([0, 0, 5 * CENT]), a, b)
                               for a, b, amount in self.pieces([self.money(80), self.money(80), None])
                               if amount is not None]

    # --- as files ---

    def files(self):
        files = super().files()
        lines = ["institution,time_zone,currency,unit,name,hub,parent,valid_from,valid_to,fiscal_year_start"]
        under = {unit for rules in self.rules.values() for unit, pieces in rules.parents.items()
                 if any(parent for _, _, parent in pieces)}
        for line in files["org"].splitlines()[1:]:
            code, zone, _, unit = line.split(",")[:4]
            if unit not in under:
                lines.append(f"{line},,,,{self.rules[code].fiscal_year_start if zone else ''}")
        for rules in self.rules.values():
            lines += [f"{rules.institution},,,{unit},{unit},,{parent},{text(a)},{text(b)},"
                      for unit, pieces in rules.parents.items() for a, b, parent in pieces if parent]
        files["org"] = "\n".join(lines) + "\n"
        return files

    def slots(self):
        """As in charge_oracle, with the class of the machine."""
        return [(*row, self.at(self.machines[row[:3]], row[3])) for row in super().slots()]

    # --- as a bill ---

    def bill(self, count):
        """Rows of what somebody else charges: hub, user name, tag, class, resource, day, first and last slot, rule,
        institution, unit, person, group, month, month there, currency, amount. A fifth of them are credits."""
        draw, rows, self.is_billed = self.draw, {}, True
        while len(rows) < count:
            key = draw.choice(sorted(self.usage))
            slot = draw.randrange(SLOTS)
            last = min(slot + draw.choice([0, 0, 3, 40]), slot // 96 * 96 + 95)
            answer, person = self.payers(*key, slot)
            payer = draw.choice(answer)
            amount = draw.choice([1, 10**3, 10**8, 10**8, 10**8]) * draw.randrange(1, 3) * draw.randrange(1, 10)
            amount = amount + draw.randrange(amount) if draw.random() < 0.8 else -draw.randrange(1, 3 * 10**8)
            line = (*key, draw.choice(CLASSES), draw.choice(sorted(BASE)), instant(slot).strftime("%Y-%m-%d"))
            rows[line] = (instant(slot), instant(last), payer.rule, payer.institution, payer.unit, person, payer.group,
                          payer.month, month_of(HUBS[key[0]], slot), "EUR" if draw.random() < 0.02 else "USD",
                          f"{amount / 10**9:.9f}")
        return [(*line, *rest) for line, rest in rows.items()]

    # --- as shares ---

    def used(self):
        """{what tells a share from all others: [(slot, billable)]}."""
        found = collections.defaultdict(list)
        for key, slots in self.usage.items():
            for slot, quantities in sorted(slots.items()):
                self.use(found, key, slot, quantities)
        named = {}
        for (line, answer), slots in found.items():
            for payer in answer[0]:
                named[line[:-1], payer._replace(weight=0), answer[1], slots[0][0]] = slots
        return named

    def use(self, found, key, slot, quantities):
        owner = HUBS[key[0]]
        for resource, quantity in zip(BASE, quantities):
            start, _, rate = next(piece for piece in self.prices[owner, resource] if holds(piece[:2], slot))
            line = (*key, self.at(self.machines[key], slot), resource, instant(slot).strftime("%Y-%m-%d"),
                    month_of(owner, slot), rate, start)
            found[line, self.payers(*key, slot)].append((slot, quantity))

    def shares(self, rows):
        """Share of each row that the database has."""
        used = self.used() if not self.is_billed else None
        for row in rows:
            rate = None if row["rate"] is None else Fraction(row["rate"])
            first = int((datetime.datetime.fromisoformat(row["first_slot"]) - FIRST).total_seconds()) // 900
            line = (row["hub"], row["username"], row["tag"], row["machine"], row["resource"], row["day"],
                    row["line_month"], rate)
            payer = Payer(row["rule"], row["institution"], row["unit"], row["group"], 0, row["month"])
            yield share_of(row, used[line, payer, row["person"], first] if used else [(first, 0)])


def share_of(row, slots):
    """Of a row of the database, and of when it was used."""
    return Share(row["hub"], row["username"], row["server"], row["tag"], row["kind"], row["machine"], row["resource"],
                 row["basis"], None if row["rate"] is None else Fraction(row["rate"]), row["sequence"], row["day"],
                 row["institution"], row["unit"], row["person"], row["group"], row["month"], row["currency"],
                 int(Fraction(row["amount"]) * 10**9), tuple(slots))

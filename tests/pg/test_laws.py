"""Laws of charges, over worlds that are drawn: against an oracle of fractions, and against themselves."""
import collections
import json
import os
import subprocess
from fractions import Fraction

import pytest

from charge_oracle import Line, Payer, World, instant, text

SEED = int(os.environ.get("HUBMETER_SEED", "20261125"))
PEOPLE = 500
NANO = Fraction(1, 10**9)

LINES = """
SELECT json_build_object(
    'hub', h.name, 'day', l.day, 'username', g.username, 'tag', g.tag, 'resource', l.resource, 'month', l.month,
    'rate', l.rate::text, 'billable', l.billable::text, 'amount', l.amount::text,
    'shares', (SELECT json_agg(json_build_object(
                   'rule', s.rule, 'institution', i.code, 'unit', u.code, 'group', o.code, 'month', s.month,
                   'person', p.code, 'billable', s.billable::text, 'amount', s.amount::text))
               FROM charge.share s JOIN org.institution i USING (institution_id) LEFT JOIN org.unit u USING (unit_id)
               LEFT JOIN org.user_group o USING (group_id) LEFT JOIN org.person p USING (person_id)
               WHERE s.line_id = l.line_id AND s.hub_id = l.hub_id AND s.day = l.day))
FROM charge.line l JOIN charge.workload_group g USING (workload_group_id) JOIN usage.hub h ON h.hub_id = l.hub_id"""


def load_usage(hubmeter, slots):
    """Slots of usage; the class of the machine may stand behind the quantities."""
    hubmeter.sql("INSERT INTO usage.resource_class (name) VALUES (''), ('big'), ('gpu') ON CONFLICT DO NOTHING;"
                 "SELECT usage.ensure_month('2026-08-15'), usage.ensure_month('2026-09-15')")
    rows = "".join(f"{hub}\t{username}\t{tag}\t{instant(slot).isoformat()}\t{cpu}\t{memory}\t{''.join(machine)}\n"
                   for hub, username, tag, slot, cpu, memory, *machine in slots)
    script = f"""
CREATE TEMP TABLE u (hub text, username text, tag text, slot timestamptz, cpu bigint, memory bigint, class text);
COPY u FROM STDIN;
{rows}\\.
INSERT INTO usage.hub (name) SELECT DISTINCT hub FROM u ON CONFLICT DO NOTHING;
INSERT INTO usage.node (hub_id, name, last_window_end)
SELECT hub_id, 'n', '2026-09-05Z' FROM usage.hub ON CONFLICT DO NOTHING;
INSERT INTO usage.workload (node_id, kind, external_id, username, tag, first_slot)
SELECT node_id, 4, username || '/' || tag, username, tag, min(slot) FROM u JOIN usage.hub h ON h.name = u.hub
JOIN usage.node USING (hub_id) GROUP BY node_id, username, tag ON CONFLICT DO NOTHING;
INSERT INTO usage.slot
SELECT slot, workload_id, class_id, cpu, 0, cpu, memory, 0, memory, 0, 0, 0, 0, 0, 0, 900000, 0, n.hub_id
FROM u JOIN usage.workload w ON w.external_id = u.username || '/' || u.tag
JOIN usage.node n USING (node_id) JOIN usage.hub h ON (h.hub_id, h.name) = (n.hub_id, u.hub)
JOIN usage.resource_class c ON c.name = u.class;
INSERT INTO ingest.dirty_day (hub_id, day)
SELECT DISTINCT hub_id, (slot_start AT TIME ZONE 'UTC')::date FROM usage.slot ON CONFLICT DO NOTHING;
"""
    subprocess.run(["psql", hubmeter.conninfo, "-Xq", "-v", "ON_ERROR_STOP=1", "-f", "-"], input=script, text=True,
                   check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(name="world", scope="module")
def drawn_world():
    return World(SEED, PEOPLE)


def fill_charged(hubmeter):
    world = World(SEED, PEOPLE)
    for kind, file in world.files().items():
        done = hubmeter.run("import", kind, hubmeter.write(kind + ".csv", file))
        assert done.returncode == 0, done.stderr
    load_usage(hubmeter, world.slots())
    hubmeter.ok("rate")


@pytest.fixture(name="charged")
def charged_database(copy_of):
    return copy_of(fill_charged)


def stored(hubmeter):
    return [json.loads(line) for line in hubmeter.sql(LINES).splitlines()]


def state(hubmeter):
    """Every line and share, without the numbers that only a database gives."""
    return sorted(json.dumps({**line, "shares": sorted(map(json.dumps, line["shares"]))}) for line in stored(hubmeter))


def test_against_the_oracle(charged, world):
    """Every amount to the nano, every share to the nano of its exact part, each sum exact."""
    lines, shares = world.charges()
    by_rate = {line._replace(price=None if line.price is None else line.price[1]): [] for line in lines}
    for line in lines:
        by_rate[line._replace(price=None if line.price is None else line.price[1])].append(line)
    found = collections.defaultdict(list)
    cases = 0
    for row in stored(charged):
        rate = None if row["rate"] is None else Fraction(row["rate"])
        key = Line(row["hub"], row["day"], row["username"], row["tag"], row["resource"], row["month"], rate)
        found[key].append(row)
    assert found.keys() == by_rate.keys()
    for key, rows in found.items():
        expected = sorted((lines[line], line) for line in by_rate[key])
        rows.sort(key=lambda row: int(row["billable"]))
        assert len(rows) == len(expected)
        for row, ((billable, amount), line) in zip(rows, expected):
            assert (int(row["billable"]), Fraction(row["amount"])) == (billable, amount), line
            parts = collections.defaultdict(lambda: [Fraction(0), Fraction(0), 0])
            for s in row["shares"]:
                part = parts[Payer(s["rule"], s["institution"], s["unit"], s["group"], 0, s["month"]), s["person"]]
                part[0] += Fraction(s["amount"])
                part[1] += int(s["billable"])
                part[2] += 1
            assert parts.keys() == shares[line].keys(), line
            for payer, (exact_amount, exact_quantity) in shares[line].items():
                part = parts[payer]
                assert abs(part[0] - exact_amount) < 2 * part[2] * NANO, (line, payer)
                assert abs(part[1] - exact_quantity) < part[2], (line, payer)
                cases += 1
            assert sum(part[0] for part in parts.values()) == amount
            assert sum(part[1] for part in parts.values()) == billable
    assert cases >= 10000


def test_order_replay_void_and_move(charged, world):
    """What must change nothing changes nothing."""
    before = state(charged)
    # replay: every day again
    charged.sql("INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, day FROM charge.run_day")
    assert " 0 added, 0 changed, 0 removed, " in charged.ok("rate")
    # void all memberships, then import them again
    charged.ok("void", "memberships", "memberships.csv", "--reason=law")
    charged.ok("rate")
    assert state(charged) != before
    charged.ok("import", "memberships", "memberships.csv")
    charged.ok("rate")
    assert state(charged) == before
    # somebody moves: nothing before the move changes
    cut = 240
    person, pieces = next((p, h) for p, h in world.homes.items()
                          if any(v == ("north", "bio") and b is None and (a is None or a < cut) for a, b, v in h))
    start = next(text(a) or "2020-01-01" for a, b, v in pieces if b is None)
    charged.ok("import", "memberships", "-", text="person,institution,unit,valid_from,valid_to,home\n"
               f"{person},north,bio,{start},{text(cut)},yes\n{person},north,phys,{text(cut)},,yes\n")
    charged.ok("rate")
    earlier = [line for line in before if json.loads(line)["day"] < text(cut)[:10]]
    assert [line for line in state(charged) if json.loads(line)["day"] < text(cut)[:10]] == earlier


def test_permutation_of_events(charged, world):
    """The same usage in another order and in two halves, rated in between, is the same charges."""
    before = state(charged)
    charged.sql("SELECT charge.begin_run('correction', 'law'); DELETE FROM charge.share; DELETE FROM charge.line;"
                "DELETE FROM usage.slot; DELETE FROM ingest.dirty_day")
    slots = world.slots()
    load_usage(charged, slots[::2])
    charged.ok("rate")
    load_usage(charged, slots[1::2])
    charged.ok("rate")
    assert state(charged) == before


def test_months_and_sums(charged, world):
    """Local months hold what UTC days hold, and nothing else; amounts are usage times price."""
    usage = charged.sql("SELECT sum(cpu_billable_usec), sum(memory_billable_mib_sec) FROM usage.slot")
    for table in ("line", "share"):
        assert usage == charged.sql("SELECT sum(billable) FILTER (WHERE resource = 'cpu'),"
                                    f" sum(billable) FILTER (WHERE resource = 'memory') FROM charge.{table}")
    lines, _ = world.charges()
    assert Fraction(charged.sql("SELECT sum(amount) FROM charge.share")) == sum(amount for _, amount in lines.values())

"""Laws of closing months, over histories that are drawn: against the same history in which nothing was ever closed."""
import collections
import json
import os
import random
import subprocess
from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from databases import MIGRATED, database
from test_funding_laws import FIXTURE, TOTALS

SEED = int(os.environ.get("HUBMETER_SEED", "20261128"))
SEEDS = range(SEED, SEED + 2)
MONTHS = ["2025-06", "2025-07", "2025-08", "2025-09", "2025-10"]
PEOPLE = {"ann": ("la", "bio"), "art": ("la", "phys"), "bob": ("be", "chem"), "bea": ("be", "law")}
UNITS = {"la": ["bio", "phys"], "be": ["chem", "law"]}
CENT = Decimal("0.01")

FILES = {
    "org": """institution,time_zone,currency,unit,name,hub
la,America/Los_Angeles,USD,,West,
be,Europe/Berlin,USD,,East,
la,,,bio,Biology,
la,,,phys,Physics,
be,,,chem,Chemistry,
be,,,law,Law,
la,,,,,w
be,,,,,e
""",
    "people": "person,name,hub,username\n" + "".join(f"{p},{p},{h},{p}\n" for p in PEOPLE for h in "we"),
    "memberships": "person,institution,unit,valid_from,valid_to,home\n" + "".join(
        f"{p},{i},{u},2024-01-01,,yes\n" for p, (i, u) in PEOPLE.items()),
    "prices": "institution,resource,class,rate,valid_from,valid_to\n"
              "la,cpu,,1.23456789,2024-01-01,\nbe,cpu,,0.7,2024-01-01,\n",
    "funds": """institution,fund,name,kind,chart_string,start,end,amount,overdraw
la,nsf,Award,federal,1-1,2024-01-01,2030-01-01,60.00,
la,op,Operating,operating,1-2,,,,
la,lost,Lost,write-off,1-3,,,,
be,gift,Gift,gift,2-1,,,,
be,op,Operating,operating,2-2,,,,
""",
    "plans": """institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,on_exhaust,basis,author,approver
la,bio,2024-01-01,1,1,nsf,1000000,,,spill,because,Ada,Bob
la,bio,2024-01-01,2,1,op,1000000,,,,,,
la,phys,2024-01-01,1,1,nsf,333333,,,redistribute,because,Ada,Bob
la,phys,2024-01-01,1,2,op,666667,,,redistribute,,,
la,phys,2024-01-01,2,1,op,1000000,,,,,,
la,late,2024-01-01,1,1,lost,1000000,,,,because,Ada,Bob
be,all,2024-01-01,1,1,gift,1000000,15.00,month,spill,because,Ada,Bob
be,all,2024-01-01,2,1,op,1000000,,,,,,
""",
    "assignments": "institution,plan,scope,code\nla,bio,unit,bio\nla,phys,unit,phys\n"
                   "be,all,unit,chem\nbe,all,unit,law\n",
    "caps": "institution,scope,code,amount,window\nbe,person,bob,9.50,month\n",
    "closing": "institution,review_days,late_months,late_plan,recovery,due_from,due_to,suspense\n"
               "la,0,1,late,1-9,1-91,1-92,1-99\nbe,0,,,2-9,2-91,2-92,2-99\n",
}

WORDS = r"""
CREATE FUNCTION pg_temp.step(login text, command text, institution text, month text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', login);
    EXECUTE format('SELECT ledger.%I($1, $2%s)', command, CASE command WHEN 'reopen' THEN ', ''law''' ELSE '' END)
    USING institution, month;
    RESET SESSION AUTHORIZATION;
END
$$;
-- Waive what may be waived, begin: what may not stays an error.
CREATE FUNCTION pg_temp.begin(institution text, month text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger.waive(institution, month, w.item, w.subject, 'law')
    FROM (SELECT DISTINCT r.item, r.subject FROM ledger.month_of(institution, month) AS m,
                 ledger.readiness(m.institution_id, m.month) AS r
          WHERE r.is_waivable AND r.waiver_id IS NULL) AS w;
    PERFORM pg_temp.step('law_one', 'begin_close', institution, month);
END
$$;
CREATE FUNCTION pg_temp.used(event text, hub_name text, who text, slot timestamptz, usec bigint) RETURNS void
    LANGUAGE sql AS $$
    WITH w AS (
        INSERT INTO usage.workload (node_id, kind, external_id, username, first_slot)
        SELECT node_id, 4, event, who, slot FROM usage.node JOIN usage.hub h USING (hub_id) WHERE h.name = hub_name
        RETURNING workload_id, node_id)
    INSERT INTO usage.slot
    SELECT slot, workload_id, class_id, usec, 0, usec, 0, 0, 0, 0, 0, 0, 0, 0, 0, 900000, 0, hub_id
    FROM w JOIN usage.node USING (node_id), usage.resource_class WHERE resource_class.name = '';
    INSERT INTO ingest.dirty_day (hub_id, day)
    SELECT hub_id, (slot AT TIME ZONE 'UTC')::date FROM usage.hub WHERE name = hub_name
$$;
-- The hub w belongs to la, and from then on to be.
CREATE FUNCTION pg_temp.sell(since timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE org.hub_owner SET valid = tstzrange(NULL, '2000-01-01Z') WHERE hub = 'w' AND lower_inf(valid);
    UPDATE org.hub_owner SET valid = tstzrange(since, NULL) WHERE hub = 'w' AND upper_inf(valid);
    UPDATE org.hub_owner SET valid = tstzrange(NULL, since) WHERE hub = 'w' AND lower_inf(valid);
END
$$;
CREATE FUNCTION pg_temp.correct(event text, usec bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE usage.slot SET cpu_used_usec = usec, cpu_billable_usec = usec
    WHERE workload_id = (SELECT workload_id FROM usage.workload WHERE external_id = event);
    SELECT charge.accept_usage(h.name, (s.slot_start AT TIME ZONE 'UTC')::date, 'law')
    FROM usage.slot s JOIN usage.workload w USING (workload_id) JOIN usage.hub h USING (hub_id)
    WHERE external_id = event
$$;
"""
LINES = """
SELECT json_build_object('key', json_build_array(h.name, l.day, g.username, l.resource, p.code, l.month, b.rate::text),
                         'period', l.period, 'used', l.used::text, 'billable', l.billable::text,
                         'amount', l.amount::text)
FROM charge.line l JOIN charge.workload_group g USING (workload_group_id) JOIN usage.hub h ON h.hub_id = l.hub_id
JOIN org.institution p ON p.institution_id = l.provider_id LEFT JOIN price.book b USING (price_id)"""
SHARES = """
SELECT json_build_object('key', json_build_array(h.name, l.day, g.username, l.resource, p.code, l.month, b.rate::text,
                                                 i.code, u.code, n.code, s.rule, s.month),
                         'period', s.period, 'billable', s.billable::text, 'amount', s.amount::text, 'legs',
                         (SELECT json_agg(json_build_array(f.code, e.reason, e.amount::text, e.period)
                                          ORDER BY f.code, e.reason)
                          FROM fund.leg e LEFT JOIN fund.fund f USING (fund_id)
                          WHERE (e.hub_id, e.day, e.line_id, e.sequence, e.month)
                              = (s.hub_id, s.day, s.line_id, s.sequence, s.month)))
FROM charge.share s JOIN charge.line l ON l.line_id = s.line_id AND l.month = s.line_month
JOIN charge.workload_group g ON g.workload_group_id = l.workload_group_id JOIN usage.hub h ON h.hub_id = l.hub_id
JOIN org.institution p ON p.institution_id = l.provider_id JOIN org.institution i ON i.institution_id = s.institution_id
LEFT JOIN price.book b ON b.price_id = l.price_id LEFT JOIN org.unit u ON u.unit_id = s.unit_id
LEFT JOIN org.person n ON n.person_id = s.person_id"""
ENTRIES = """
SELECT json_build_array(i.code, e.period, b.kind, e.month, e.account, f.code, u.code, c.code, e.chart_string,
                        e.amount::text)
FROM ledger.entry e JOIN ledger.batch b USING (batch_id) JOIN org.institution i ON i.institution_id = e.institution_id
LEFT JOIN fund.fund f USING (fund_id) LEFT JOIN org.unit u USING (unit_id)
LEFT JOIN org.institution c ON c.institution_id = e.counterparty_id"""
JOURNALS = """
SELECT json_build_array(i.code, j.period, l.line_no, l.account, f.code, u.code, c.code, l.chart_string, l.month,
                        l.amount::text)
FROM ledger.journal_line l JOIN ledger.journal j USING (journal_id)
JOIN org.institution i ON i.institution_id = j.institution_id
LEFT JOIN fund.fund f USING (fund_id) LEFT JOIN org.unit u USING (unit_id)
LEFT JOIN org.institution c ON c.institution_id = l.counterparty_id"""
# What stands, byte by byte: of each institution and month that is not open.
STANDS = """
SELECT i.code || ' ' || to_char(p.month, 'YYYY-MM') || ' ' || p.state || ' ' || md5(concat(
    (SELECT string_agg(l::text, E'\\n' ORDER BY l::text) FROM charge.line l
     WHERE l.provider_id = p.institution_id AND l.period = p.month),
    (SELECT string_agg(s::text, E'\\n' ORDER BY s::text) FROM charge.share s
     WHERE s.institution_id = p.institution_id AND s.period = p.month),
    (SELECT string_agg(g::text, E'\\n' ORDER BY g::text) FROM fund.leg g
     WHERE g.institution_id = p.institution_id AND g.period = p.month),
    CASE p.state WHEN 'closed' THEN (SELECT string_agg(e::text, E'\\n' ORDER BY e::text) FROM ledger.entry e
     WHERE e.institution_id = p.institution_id AND e.period = p.month) END))
FROM ledger.period p JOIN org.institution i USING (institution_id) WHERE p.state <> 'open'"""
# What must be nothing at any time.
FAULTS = f"""
SELECT 'totals' WHERE ({TOTALS}) > 0
UNION ALL SELECT 'line ' || l.line_id FROM charge.line l
LEFT JOIN charge.share s ON s.line_id = l.line_id AND s.line_month = l.month
GROUP BY l.line_id, l.amount HAVING sum(s.amount) IS DISTINCT FROM l.amount
UNION ALL SELECT 'share ' || s.line_id FROM charge.share s LEFT JOIN fund.leg g
   ON (g.hub_id, g.day, g.line_id, g.sequence, g.month, g.period)
    = (s.hub_id, s.day, s.line_id, s.sequence, s.month, s.period)
GROUP BY s.line_id, s.sequence, s.month, s.amount HAVING coalesce(sum(g.amount), 0) <> s.amount
UNION ALL SELECT 'fund nsf: ' || sum(amount) FROM fund.leg JOIN fund.fund USING (fund_id) WHERE code = 'nsf'
HAVING sum(amount) NOT BETWEEN 0 AND 60
UNION ALL SELECT 'cap of gift: ' || sum(amount) FROM fund.leg JOIN fund.fund USING (fund_id) WHERE code = 'gift'
GROUP BY month HAVING sum(amount) NOT BETWEEN 0 AND 15
UNION ALL SELECT 'cap of bob: ' || sum(amount)
FROM fund.leg JOIN fund.fund f USING (fund_id) JOIN org.person p USING (person_id)
WHERE f.code = 'gift' AND p.code = 'bob' GROUP BY month HAVING sum(amount) NOT BETWEEN 0 AND 9.5
UNION ALL SELECT 'batch ' || batch_id FROM ledger.entry GROUP BY batch_id HAVING sum(amount) <> 0
UNION ALL SELECT 'due ' || sum(amount) FROM ledger.entry WHERE account IN ('due from', 'due to') HAVING sum(amount) <> 0
UNION ALL SELECT 'verify ' || finding FROM ledger.verify() WHERE finding IS NOT NULL"""
# As hubmeter rate, each hub-day and each month of money in a transaction; it says what changed.
BRING = r"""
SELECT format('SELECT ''did '' || added + changed + removed'
              ' FROM charge.rate_day(%s, %L, charge.begin_run(''usage'', ''''))', hub_id, day)
FROM charge.dirty_days() \gexec
SELECT format('SELECT ''did '' || added + changed + removed FROM charge.begin_run(''funding'', ''''),'
              ' fund.fund_days(%s, %L, %L)', institution_id, first_day, last_day) FROM fund.waiting() \gexec
SELECT"""
AGAIN = ["SELECT 'again'", "INSERT INTO ingest.dirty_day (hub_id, day) SELECT DISTINCT hub_id, day FROM charge.run_day",
         BRING, "SELECT 'done'"]


class History:
    """Windows of events that commute, with a step of closing behind each."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.uses = []
        self.state = {institution: [0, "open"] for institution in UNITS}
        self.windows = []
        for _ in range(12):
            self.windows.append(([*self.events()], self.close()))

    def slot(self):
        """Near the edge of a month, in one calendar or the other, or anywhere."""
        month = self.draw.randrange(7, 11)
        edge = self.draw.choice([-9, -7, -2, -1, 0, 6, 7, 30, 300, 500])
        minutes = 60 * edge + 15 * self.draw.randrange(4)
        return f"'2025-{month:02}-01 00:00Z'::timestamptz + interval '{minutes} minutes'"

    def usec(self):
        return self.draw.choice([1, 3, self.draw.randrange(10**6), self.draw.randrange(20 * 10**9),
                                 self.draw.randrange(20 * 10**9)])

    def events(self):
        draw = self.draw
        for kind in draw.sample(["use", "use", "use", "correct", "move", "price", "owner"], draw.randrange(1, 5)):
            if kind == "use" or not self.uses:
                self.uses.append(f"e{len(self.uses)}")
                yield (f"SELECT pg_temp.used('{self.uses[-1]}', '{draw.choice('we')}', "
                       f"'{draw.choice([*PEOPLE, 'eve'])}', {self.slot()}, {self.usec()})")
            elif kind == "correct":
                yield f"SELECT pg_temp.correct('{draw.choice(self.uses[:-4] or self.uses[:1])}', {self.usec()})"
            elif kind == "move":
                person, (institution, _) = draw.choice([*PEOPLE.items()])
                yield ("UPDATE org.membership SET unit_id = (SELECT unit_id FROM org.unit WHERE code = "
                       f"'{draw.choice(UNITS[institution])}') WHERE person_id = "
                       f"(SELECT person_id FROM org.person WHERE code = '{person}')")
            elif kind == "price":
                yield ("SELECT pg_temp.import('prices', E'institution,resource,class,rate,valid_from,valid_to\\n"
                       f"{draw.choice([*UNITS])},cpu,,{draw.choice(['0.000000123', '1', '2.7', '0.333333333'])},"
                       "2024-01-01,')")
            else:
                yield f"SELECT pg_temp.sell({self.slot()})"

    def close(self):
        institution = self.draw.choice([*UNITS])
        done, state = self.state[institution]
        if done == len(MONTHS):
            return None
        command = {"open": "begin", "soft": self.draw.choice(["close", "close", "reopen"])}[state]
        self.state[institution] = [done + (command == "close"), "soft" if command == "begin" else "open"]
        month = MONTHS[done]
        if command == "begin":
            return f"SELECT pg_temp.begin('{institution}', '{month}')"
        login = "law_two" if command == "close" else "law_one"
        return f"SELECT pg_temp.step('{login}', '{command}', '{institution}', '{month}')"


def ask(hubmeter, statements):
    """What a session prints that knows the words; no statement may fail."""
    script = f"\\i {FIXTURE}\n\\o /dev/null\n" + "".join(
        f"SELECT pg_temp.import('{kind}', $csv${file}$csv$);\n" for kind, file in FILES.items())
    script += """INSERT INTO usage.hub (name) VALUES ('w'), ('e'); INSERT INTO usage.resource_class (name) VALUES ('');
INSERT INTO usage.node (hub_id, name, last_window_end) SELECT hub_id, 'n', '2025-11-30Z' FROM usage.hub;
SELECT usage.ensure_month(m) FROM generate_series('2025-06-15Z'::timestamptz, '2025-11-15Z', interval '1 month') m;
UPDATE org.hub_owner SET valid = tstzrange(NULL, '2030-01-01Z') WHERE hub = 'w';
INSERT INTO org.hub_owner (hub, institution_id, valid)
SELECT 'w', institution_id, tstzrange('2030-01-01Z', NULL) FROM org.institution WHERE code = 'be';
""" + WORDS + "\\o\n" + "".join(f"{statement};\n" for statement in statements)
    done = subprocess.run(["psql", hubmeter.conninfo, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"], input=script,
                          text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line]


def sums(rows):
    """{key: what the rows of all periods come to}, without nothing."""
    found = collections.defaultdict(collections.Counter)
    for row in map(json.loads, rows):
        for what in ("used", "billable", "amount"):
            if what in row:
                found[json.dumps(row["key"])][what] += Decimal(row[what])
    return {key: dict(value) for key, value in found.items() if any(value.values())}


def state(hubmeter):
    """Every line, share and leg, entry and line of a journal, without the numbers that only a database gives."""
    return [sorted(hubmeter.sql(query).splitlines()) for query in (LINES, SHARES, ENTRIES, JOURNALS)]


def check_standing(lines):
    """What stood stands; a month that is reviewed may only be opened again."""
    stood = {}
    for step in lines:
        now = {}
        for row in step:
            institution, month, kept, digest = row.split()
            now[institution, month] = kept, digest
        for key, (kept, digest) in stood.items():
            if kept == "closed":
                assert now[key] == (kept, digest), key
            elif key in now and now[key][0] == "soft":
                assert now[key] == (kept, digest), key
        stood = now
    return stood


def check_journals(entries, journals):
    """Cents, worked out again: each key and each side against what was posted so far."""
    posted, said = collections.Counter(), collections.Counter()
    for institution, period, kind, _, account, *key, amount in map(json.loads, entries):
        if kind == "close" and account not in ("recovery", "clearing"):
            posted[institution, period, account, *key] += Decimal(amount)
    for institution, period, _, account, *key, _, amount in map(json.loads, journals):
        said[institution, period, account, *key] += Decimal(amount)
    for institution in UNITS:
        exact, cents = collections.Counter(), collections.Counter()
        for month in MONTHS:
            period = f"{month}-01"
            for found, total in ((posted, exact), (said, cents)):
                for key, amount in found.items():
                    if key[:2] == (institution, period):
                        total[key[2:]] += amount
            assert sum(amount for key, amount in said.items() if key[:2] == (institution, period)) == 0
            keys = [key for key in exact.keys() | cents.keys() if key[0] in ("fund", "suspense", "due from")]
            if any(key[:2] == (institution, period) for key in said):
                assert all(abs(exact[key] - cents[key]) < CENT for key in keys), (institution, month)
                for contra in {(key[3] if key[0] != "due from" else None) for key in keys}:
                    side = [key for key in keys if (key[3] if key[0] != "due from" else None) == contra]
                    assert sum(cents[key] for key in side) == sum(exact[key] for key in side).quantize(
                        CENT, ROUND_HALF_EVEN), (institution, month, contra)


@pytest.fixture(name="logins")
def two_logins(hubmeter):
    hubmeter.sql("CREATE ROLE law_one LOGIN IN ROLE hm_controller; CREATE ROLE law_two LOGIN IN ROLE hm_controller")
    yield hubmeter
    hubmeter.sql("DROP ROLE law_one, law_two")


def one_by_one(history):
    """Everything rated at once, and looked at behind each step; every now and then everything rated once more."""
    script = []
    for number, (events, step) in enumerate(history.windows):
        for statement in events:
            script += [statement, BRING]
        script += [step or "SELECT", BRING, *(AGAIN if number % 5 == 4 else []), "SELECT 'stands'", STANDS,
                   "SELECT 'faults'", FAULTS, "SELECT 'done'"]
    return script


def at_once(history, draw):
    """What was used in a window in another order, and all of the window rated together."""
    for events, step in history.windows:
        used = [event for event in events if "pg_temp.used" in event]
        draw.shuffle(used)
        yield from used
        yield from (event for event in events if event not in used)
        yield from (BRING, step or "SELECT", BRING)


def check_steps(lines):
    """Nothing is to be done again, nothing is at fault, and what stood stands."""
    steps, kind = [], None
    for line in lines:
        if line.startswith("did "):
            assert kind != "again" or line == "did 0"
        elif line in ("again", "done", "stands", "faults"):
            kind = line
            if kind == "stands":
                steps.append([])
        elif kind == "stands":
            steps[-1].append(line)
        else:
            assert kind != "faults", line
    assert "closed" in {kept for kept, _ in check_standing(steps).values()}


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_closed_in_between(request, conninfo, tmp_path, logins, seed):
    history = History(seed)
    check_steps(ask(logins, one_by_one(history)))
    lines, shares, entries, journals = state(logins)
    check_journals(entries, journals)
    with database(request, conninfo, tmp_path, MIGRATED) as other:
        ask(other, at_once(history, random.Random(seed)))
        assert state(other) == [lines, shares, entries, journals]
    with database(request, conninfo, tmp_path, MIGRATED) as never_closed:
        ask(never_closed, [*(event for events, _ in history.windows for event in events), BRING])
        scratch = state(never_closed)
    assert sums(lines) == sums(scratch[0])
    assert sums(shares) == sums(scratch[1])

"""Budgets: two at once never delegate too much, nobody sees or sets what is not theirs, and figures that an
independent calculation finds as well."""
import datetime
import json
import random
import subprocess
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from command import Hubmeter
from databases import database

ORG = """institution,time_zone,currency,unit,parent,name,fiscal_year_start
tu,America/New_York,USD,,,Testville University,7
tu,,,sci,,Science,
tu,,,phys,sci,Physics,
tu,,,lab,phys,Laser Lab,
tu,,,bio,sci,Biology,
tu,,,law,,Law,
"""
BUDGETS = """institution,unit,fiscal_year,amount,delegated_by
tu,sci,2026,1000,provost
tu,phys,2026,600,dean
tu,lab,2026,100,chair
tu,bio,2026,300,dean
tu,law,2026,50,provost
"""
STEWARDS = "login,institution,unit,valid_from,valid_to\nanna,tu,sci,,\nben,tu,phys,,\nben,tu,law,,2020-01-01\n"
SET = ["--institution", "tu", "--fiscal-year", "2026", "--amount"]


@pytest.fixture(name="logins", scope="module")
def who_may_sign_in(conninfo):
    """Roles belong to the whole server."""
    server = Hubmeter(conninfo, "postgres", None)
    server.sql("CREATE ROLE anna LOGIN IN ROLE hm_steward; CREATE ROLE ben LOGIN IN ROLE hm_steward;"
               "CREATE ROLE carl LOGIN IN ROLE hm_steward; CREATE ROLE fin LOGIN IN ROLE hm_finance;"
               "CREATE ROLE con LOGIN IN ROLE hm_controller; CREATE ROLE rat LOGIN IN ROLE hm_rater;"
               "GRANT anna TO ben")
    yield
    server.sql("DROP ROLE anna, ben, carl, fin, con, rat")


def fill_budgets(hubmeter):
    for kind, text in {"org": ORG, "budgets": BUDGETS, "stewards": STEWARDS}.items():
        hubmeter.ok("import", kind, hubmeter.write(kind + ".csv", text))


@pytest.fixture
def campus(copy_of, logins):  # pylint: disable=unused-argument
    return copy_of(fill_budgets)


@pytest.fixture(name="seen_campus", scope="module")
def campus_that_nobody_changes(request, conninfo, templates, logins):  # pylint: disable=unused-argument
    """One for all who only look, or may do no more."""
    name, files = templates.of(fill_budgets)
    with database(request, conninfo, files, name) as made:
        yield made


def attempt(hubmeter, user, *statements):
    """(status, output, errors) of statements in one session that @user signed in to."""
    target = hubmeter.conninfo.replace("user=postgres", f"user={user}")
    commands = [word for statement in statements for word in ("-c", statement)]
    done = subprocess.run(["psql", target, "-XAtq", "-v", "ON_ERROR_STOP=1", *commands], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def amounts(hubmeter):
    return dict(line.split("|") for line in hubmeter.sql(
        "SELECT code, amount FROM budget.budget JOIN org.unit USING (unit_id) WHERE fiscal_year = 2026").splitlines())


# -- two at once ------------------------------------------------------------------------------------

class Session:
    """psql that goes on between statements."""

    def __init__(self, hubmeter):
        # pylint: disable=consider-using-with
        self.psql = subprocess.Popen(["psql", hubmeter.conninfo, "-XAtq"], text=True, bufsize=1,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def send(self, statement):
        self.psql.stdin.write(statement + ";\n\\echo -- done\n")

    def answer(self):
        lines = iter(self.psql.stdout.readline, "-- done\n")
        return "".join(lines)

    def say(self, statement):
        self.send(statement)
        return self.answer()

    def end(self):
        self.psql.stdin.close()
        self.psql.wait(10)
        self.psql.stdout.close()


def delegate(unit, amount):
    return (f"INSERT INTO budget.budget (institution_id, unit_id, fiscal_year, amount, delegated_by, parent_budget_id) "
            f"SELECT institution_id, unit_id, 2030, {amount}, 'x', (SELECT budget_id FROM budget.budget WHERE "
            f"fiscal_year = 2030) FROM org.unit WHERE code = '{unit}'")


SHRINK = "UPDATE budget.budget SET amount = 50 WHERE fiscal_year = 2030 AND parent_budget_id IS NULL"


@pytest.mark.parametrize("isolation, refusal", [
    ("READ COMMITTED", "ERROR:  120.00 USD would be delegated from the budget of sci for 2030, which is 100.00 USD"),
    ("REPEATABLE READ", "ERROR:  could not serialize access"),
    ("SERIALIZABLE", "ERROR:  could not serialize access")])
@pytest.mark.parametrize("first, second, is_same", [
    (delegate("phys", 60), delegate("bio", 60), True), (delegate("phys", 60), SHRINK, False),
    (SHRINK, delegate("phys", 60), False)])
@pytest.mark.parametrize("waits", [True, False])
def test_two_at_once_never_delegate_more_than_there_is(campus, isolation, refusal, first, second, is_same, waits):
    campus.ok("import", "budgets", campus.write("b.csv", BUDGETS.split("\n", 1)[0] + "\ntu,sci,2030,100,provost\n"))
    sessions = [Session(campus), Session(campus)]
    for session, change in zip(sessions, (first, second)):
        assert session.say(f"BEGIN ISOLATION LEVEL {isolation}; {change}") == ""
    if waits:
        assert sessions[0].say("SET CONSTRAINTS ALL IMMEDIATE") == ""
        sessions[1].send("SET CONSTRAINTS ALL IMMEDIATE")
        while campus.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0":
            assert sessions[1].psql.poll() is None
        assert sessions[0].say("COMMIT") == ""
        said = sessions[1].answer()
    else:
        assert sessions[0].say("COMMIT") == ""
        said = sessions[1].say("COMMIT")
    for session in sessions:
        session.end()
    if isolation == "READ COMMITTED" and not is_same:
        refusal = "ERROR:  60.00 USD would be delegated from the budget of sci for 2030, which is 50.00 USD"
    assert said.startswith(refusal)
    assert campus.sql("SELECT count(*) FROM budget.budget AS p WHERE amount < (SELECT sum(amount) FROM budget.budget "
                      "AS c WHERE c.parent_budget_id = p.budget_id)") == "0"


# -- who sees and sets what -------------------------------------------------------------------------

@pytest.mark.parametrize("user, seen", [
    ("anna", "bio,lab,phys,sci"), ("ben", "lab,phys"), ("carl", ""), ("fin", "bio,lab,law,phys,sci"),
    ("con", "bio,lab,law,phys,sci"), ("rat", "bio,lab,law,phys,sci")])
def test_who_sees_which_budgets(seen_campus, user, seen):
    count = len(list(filter(None, seen.split(","))))
    assert attempt(seen_campus, user, "SELECT count(*) FROM budget.budget") == (0, str(count), "")
    assert attempt(seen_campus, user, "SELECT string_agg(unit, ',' ORDER BY unit) FROM report.budget_status") \
        == (0, seen, "")
    rows = json.loads(seen_campus.ok("budget", "status", "--fiscal-year", "2026", "--format", "json", user=user))
    assert ",".join(row["unit"] for row in rows) == seen


@pytest.mark.parametrize("trick", [
    ["SET ROLE hm_steward"], ["SET ROLE anna"], ["SET ROLE anna", "SET ROLE hm_steward"],
    ["SET search_path = budget, pg_catalog"], ["BEGIN", "SET LOCAL ROLE anna"],
    ["SELECT set_config('role', 'anna', false) = ''"]])
@pytest.mark.parametrize("question", [
    "SELECT string_agg(DISTINCT fiscal_year || ':' || amount, ',') FROM budget.budget",
    "SELECT string_agg(DISTINCT fiscal_year || ':' || budget, ',') FROM report.budget_status",
    "SELECT string_agg(DISTINCT fiscal_year || ':' || budget, ',') FROM budget.status('2026-06-01Z')",
    "SELECT string_agg(DISTINCT fiscal_year || ':' || amount, ',') FROM budget.figures(now()) "
    "JOIN budget.budget USING (budget_id)",
    "SELECT string_agg(DISTINCT fiscal_year || ':' || amount, ',') FROM budget.budget WHERE 1 / (amount - 1000) < 1",
    "COPY (SELECT string_agg(DISTINCT fiscal_year || ':' || amount, ',') FROM budget.budget) TO STDOUT"])
def test_no_role_shows_a_steward_more(seen_campus, trick, question):
    status, output, _ = attempt(seen_campus, "ben", *trick, question)
    assert (status, output.splitlines()[-1]) == (0, "2026:100.00,2026:600.00")


def test_the_figures_alone_say_no_more(seen_campus):
    assert attempt(seen_campus, "ben", "SELECT count(*) FROM budget.figures(now())")[1] == "2"
    assert attempt(seen_campus, "carl", "SELECT count(*) FROM budget.figures(now())")[1] == "0"


ID = "(SELECT {0}_id FROM org.{0} WHERE code = '{1}')"
INSERT = ("INSERT INTO budget.budget (institution_id, unit_id, fiscal_year, amount, parent_budget_id) VALUES ("
          + ID.format("institution", "tu") + ", " + ID.format("unit", "{0}") + ", {1}, {2}, {3})")
BY_ADMIN = "(SELECT budget_id FROM budget.budget WHERE amount = {0})"


@pytest.mark.parametrize("statement", [
    "SET ROLE hm_rater", "SET ROLE hm_owner", "SET ROLE hm_finance", "SET SESSION AUTHORIZATION anna",
    "SET row_security = off; SELECT * FROM budget.budget",
    "UPDATE budget.budget SET unit_id = unit_id", "UPDATE budget.budget SET parent_budget_id = parent_budget_id",
    "UPDATE budget.budget SET set_by = 'x'", "DELETE FROM budget.budget", "TRUNCATE budget.budget",
    INSERT.format("bio", 2027, 0, "NULL"), INSERT.format("bio", 2026, 0, BY_ADMIN.format(600)),
    INSERT.format("phys", 2027, 0, "NULL"), INSERT.format("phys", 2027, 0, "1"),
    INSERT.format("lab", 2027, 1, "NULL"), INSERT.format("lab", 2027, 1, "1"),
    INSERT.format("phys", 2026, 7, BY_ADMIN.format(600)) + " ON CONFLICT (institution_id, fiscal_year, unit_id) DO "
    "UPDATE SET amount = excluded.amount",
    INSERT.format("bio", 2026, 7, BY_ADMIN.format(600)) + " ON CONFLICT DO NOTHING",
    "SELECT * FROM budget.set_amount('tu', 'phys', 2026, 601)", "SELECT * FROM budget.set_amount('tu', 'bio', 2026, 1)",
    "SELECT * FROM budget.set_amount('tu', 'sci', 2026, 2000)", "SELECT * FROM budget.set_amount('tu', 'lab', 2027, 1)",
    "SELECT * FROM budget.steward", "INSERT INTO budget.steward (login, institution_id, unit_id, valid) SELECT 'ben', "
    "institution_id, unit_id, '(,)' FROM org.unit", "SELECT * FROM budget.turn", "SELECT * FROM budget.threshold",
    "UPDATE budget.alert SET attempts = 0", "SELECT * FROM budget.daily(1)", "SELECT budget.raise_alerts(1)",
    "SELECT * FROM budget.crossed(1)", "SELECT import.apply_budgets()", "SELECT * FROM audit.change",
    "SELECT * FROM fund.day_total", "SELECT * FROM charge.share", "SELECT * FROM org.person",
    "SELECT name FROM org.unit",
    "SELECT * FROM org.unit_parent", "SELECT * FROM charge.unit_month", "SELECT * FROM report.suspense",
    "ALTER TABLE budget.budget DISABLE ROW LEVEL SECURITY", "DROP POLICY steward_sees ON budget.budget",
    "CREATE POLICY p ON budget.budget USING (true)", "CREATE TABLE budget.t (n int)",
    "CREATE FUNCTION budget.steward_units(boolean) RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1'",
    "BEGIN; LOCK TABLE budget.budget IN ACCESS EXCLUSIVE MODE"])
def test_what_a_steward_may_not(seen_campus, statement):
    before = seen_campus.sql("SELECT json_agg(b ORDER BY budget_id) FROM budget.budget AS b")
    for trick in ([], ["SET ROLE anna"], ["SET ROLE hm_steward"]):
        status, output, errors = attempt(seen_campus, "ben", *trick, statement)
        assert (status, output) != (0, ""), statement
        assert any(words in errors for words in (
            "permission denied", "must be owner", "may not set it", "row-level security", "must be superuser")), errors
    assert seen_campus.sql("SELECT json_agg(b ORDER BY budget_id) FROM budget.budget AS b") == before


def test_an_update_of_everything_is_one_of_what_is_below(campus):
    for trick in ([], ["SET ROLE anna"], ["SET ROLE hm_steward"]):
        assert attempt(campus, "ben", *trick, "UPDATE budget.budget SET amount = amount + 1, "
                                              "delegated_by = 'provost'")[0] == 0
    assert amounts(campus) == {"sci": "1000.00", "phys": "600.00", "lab": "103.00", "bio": "300.00", "law": "50.00"}
    assert campus.sql("SELECT delegated_by, set_by FROM budget.budget WHERE amount = 103") == "ben|ben"


def test_a_budget_of_a_steward_is_set_below_the_own_one(campus):
    assert campus.ok("budget", "set", "lab", *SET, "250.50", user="ben") == (
        "lab 2026: 250.50 USD, before 100.00, delegated from phys\n")
    assert campus.ok("budget", "set", "lab", *SET, "250.50", user="ben") \
        == "lab 2026: 250.50 USD, delegated from phys\n"
    assert campus.refused("budget", "set", "lab", *SET, "600.01", user="ben") == (
        'hubmeter: cannot set the budget of "lab": 600.01 USD would be delegated from the budget of phys for 2026, '
        "which is 600.00 USD\n")
    refusal = ('hubmeter: cannot set the budget of "{}": {} may not set it: a steward sets the budgets of departments '
               "below the own one, delegated from budgets there\n")
    for user, unit in (("ben", "phys"), ("ben", "bio"), ("ben", "law"), ("anna", "sci"), ("carl", "lab")):
        assert campus.refused("budget", "set", unit, *SET, "1", user=user) == refusal.format(unit, user)
    assert campus.ok("budget", "set", "bio", *SET, "200", user="anna") == (
        "bio 2026: 200.00 USD, before 300.00, delegated from sci\n")
    assert campus.ok("budget", "set", "law", *SET, "70", user="rat") == "law 2026: 70.00 USD, before 50.00\n"
    assert campus.sql("SELECT u.code, delegated_by, set_by FROM budget.budget JOIN org.unit u USING (unit_id) "
                      "WHERE set_by <> 'postgres' ORDER BY 1") == "bio|anna|anna\nlab|ben|ben\nlaw|rat|rat"
    for user in ("fin", "con"):
        assert "permission denied" in campus.refused("budget", "set", "lab", *SET, "1", user=user)
    assert "is less than" not in campus.refused("budget", "set", "phys", *SET, "250.49", user="anna")
    assert campus.sql("SELECT changed_by FROM audit.change WHERE table_name = 'budget.budget' "
                      "AND new_row ->> 'amount' = "
                      "'250.50'") == "ben"


def test_a_new_budget_comes_from_the_nearest_above(campus):
    year = ["--institution", "tu", "--fiscal-year", "2027", "--amount"]
    assert "may not set it" in campus.refused("budget", "set", "lab", *year, "1", user="anna")
    assert campus.ok("budget", "set", "sci", *year, "10", user="rat") == "sci 2027: 10.00 USD\n"
    assert campus.ok("budget", "set", "lab", *year, "1", user="anna") == "lab 2027: 1.00 USD, delegated from sci\n"
    assert "may not set it" in campus.refused("budget", "set", "lab", *year, "2", user="ben")  # past his department


def test_a_steward_of_yesterday_is_none(campus):
    campus.ok("void", "stewards", campus.write("void.csv", "login,institution,unit\nben,tu,phys\n"), "--reason", "left")
    assert attempt(campus, "ben", "SELECT count(*) FROM budget.budget")[1] == "0"
    assert "may not set it" in campus.refused("budget", "set", "lab", *SET, "1", user="ben")


def test_usage(campus):
    assert "needs --institution CODE, --fiscal-year YEAR and --amount AMOUNT" in campus.refused(
        "budget", "set", "lab", status=2)
    for amount, reason in {"1.005": "1.005 is not an amount such as", "-1": "-1 is not an amount", "NaN": "NaN is not",
                           "x": "invalid input syntax", "1e17": "is not an amount"}.items():
        assert reason in campus.refused("budget", "set", "lab", *SET, amount)
    assert 'there is no department "x" of tu' in campus.refused("budget", "set", "x", *SET, "1")
    assert campus.run("budget", "status").stderr == (
        "hubmeter: there is no such budget for the current fiscal year (--fiscal-year YEAR)\n")
    rows = campus.ok("budget", "status", "--fiscal-year", "2026", "--unit", "phys", "--format", "csv").splitlines()
    assert [row.split(",")[:5] for row in rows[1:]] == [["tu", "lab", "2026", "100.00", "0"],
                                                        ["tu", "phys", "2026", "600.00", "100.00"]]


def test_a_file_with_an_error_changes_nothing(campus):
    refusal = campus.refused("import", "budgets", campus.write("bad.csv",
                                                               BUDGETS + "tu,law,2027,5,p\ntu,lab,2027,x,c\n"))
    assert refusal.startswith('bad.csv:8: column "amount": "x": is not an amount such as 180000.00\n')
    assert "nothing was imported" in refusal
    more = campus.write("more.csv", BUDGETS.replace("bio,2026,300", "bio,2026,401"))
    assert campus.refused("import", "budgets", more).startswith(
        'more.csv:5: column "amount": "401": 1001.00 USD would be delegated from the budget of sci for 2026, which is '
        "1000.00 USD\n")
    assert campus.sql("SELECT count(*) FROM budget.budget") == "5"


# -- what is spent, and whether it lasts ------------------------------------------------------------

ZONE = ZoneInfo("America/New_York")
DAY = datetime.timedelta(days=1)
FIRST, LAST = datetime.date(2025, 7, 1), datetime.date(2026, 6, 30)
MOVED = datetime.datetime(2025, 10, 15, tzinfo=ZONE)  # bio from sci to law
UNITS = ["sci", "phys", "lab", "bio", "law"]
HOLDERS = {"sci": 9000, "phys": 2500, "lab": 500, "bio": 3000, "law": 900}


def above(unit, instant):
    parents = {"phys": "sci", "lab": "phys", "bio": "sci" if instant < MOVED else "law"}
    while unit:
        yield unit
        unit = parents.get(unit)


def daily_sums(seed):
    """(day, month, unit, amount): some departments use much, some nothing for weeks, and some is given back."""
    dice = random.Random(seed)
    start, days = FIRST - 10 * DAY, dice.choice([15, 40, 200, 380])
    for number in range(days):
        day = start + number * DAY
        for unit in UNITS:
            if dice.random() < 0.5:
                amount = Fraction(dice.randrange(-10**9, dice.choice([10**9, 4 * 10**10])), 10**9)
                month = day.replace(day=1)
                if day.day == 1 and dice.random() < 0.5:
                    month = (month - DAY).replace(day=1)  # what was used before midnight there
                yield day, month, unit, amount


def middle(day, month):
    """Of the part of the UTC day that is in the month there."""
    starts = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc)
    ends = starts + DAY
    following = (month + 32 * DAY).replace(day=1)
    starts = max(starts, datetime.datetime(month.year, month.month, 1, tzinfo=ZONE))
    ends = min(ends, datetime.datetime(following.year, following.month, 1, tzinfo=ZONE))
    return starts + (ends - starts) / 2


def rounded(value):
    scaled = abs(value) * 10**9
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**9)


def expect(sums, holder, at):
    """(spent, pace, forecast, low, high, day on which it is exceeded)"""
    amount, own = HOLDERS[holder], {}
    for day, month, unit, used in sums:
        if FIRST <= month <= LAST and day <= at.date() and holder in above(unit, middle(day, month)):
            own[day] = own.get(day, 0) + used
    spent = sum(own.values(), Fraction(0))
    complete = min(LAST, min(at.date(), at.astimezone(ZONE).date()) - DAY)
    days = min(28, (complete - FIRST).days + 1)
    if days < 1:
        return spent, None, None, None, None, None
    past = sum((used for day, used in own.items() if day <= complete), Fraction(0))
    lately = [own.get(complete - n * DAY, Fraction(0)) for n in range(days)]
    weeks = [sum(lately[n:n + 7]) for n in range(0, days // 7 * 7, 7)]
    left = (LAST - complete).days
    mean = rounded(past + sum(lately) * left / days)
    ends = [mean] + [rounded(past + week * left / 7) for week in weeks]
    exceeded, so_far = None, Fraction(0)
    if spent > amount:
        for day in sorted(own):
            so_far += own[day]
            if so_far > amount:
                exceeded = max(day, FIRST)
                break
    elif sum(lately) > 0:
        pace = sum(lately) / days
        exceeded = next((complete + n * DAY for n in range(1, left + 1) if past + pace * n > amount), None)
    return (spent, rounded(sum(lately) / Fraction(days)), max(spent, mean), max(spent, min(ends)),
            max(spent, max(ends)), exceeded)


def value(text):
    if text == "":
        return None
    return datetime.date.fromisoformat(text) if text.count("-") == 2 else Fraction(text)


def fill_moved(hubmeter):
    hubmeter.ok("import", "org", hubmeter.write("moved.csv",
                                                "institution,time_zone,currency,unit,parent,name,valid_from,valid_to\n"
                                                "tu,,,bio,sci,Biology,,2025-10-15\ntu,,,bio,law,Biology,2025-10-15,\n"))
    hubmeter.sql("".join(
        f"UPDATE budget.budget SET amount = {amount} FROM org.unit u WHERE u.unit_id = budget.budget.unit_id AND "
        f"code = '{unit}';" for unit, amount in HOLDERS.items()))


@pytest.mark.parametrize("seed", range(12))
def test_what_is_spent_and_forecast_is_what_python_finds(copy_of, seed):
    campus = copy_of(fill_moved, fill_budgets)
    sums = list(daily_sums(seed))
    campus.sql("INSERT INTO fund.day_total SELECT institution_id, day, month, month, NULL, unit_id, 'USD', "
               "amount FROM (VALUES "
               + ",".join(f"('{day}'::date, '{month}'::date, '{unit}', "
                          f"{amount.numerator * 10**9 // amount.denominator}::numeric / 1e9)"
                          for day, month, unit, amount in sums)
               + ") v (day, month, code, amount) JOIN org.unit USING (code)")
    last = max(day for day, *_ in sums)
    instants = [datetime.datetime(last.year, last.month, last.day, hour, tzinfo=datetime.timezone.utc) + days * DAY
                for days, hour in ((-300, 3), (-20, 12), (-6, 2), (0, 5), (1, 23), (30, 0), (700, 1))]
    found = campus.sql(" UNION ALL ".join(
        f"SELECT {number}, unit, NOT (forecast_low <= forecast AND forecast <= forecast_high AND spent <= forecast_low)"
        f" OR (forecast > budget) <> (run_out_day IS NOT NULL), spent, daily_rate, forecast, forecast_low,"
        f" forecast_high, run_out_day FROM budget.status('{at.isoformat()}')"
        for number, at in enumerate(instants))).splitlines()
    assert len(found) == len(UNITS) * len(instants)
    for line in found:
        number, unit, is_wrong, *figures = line.split("|")
        at = instants[int(number)]
        assert tuple(map(value, figures)) == expect(sums, unit, at), (unit, at)
        assert is_wrong != "t", line

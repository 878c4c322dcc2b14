"""The year that proves the ledger: a federation from usage to journals, twice, and every sum on the way."""
import contextlib
import json
import os
import random
import subprocess

import pytest

from databases import MIGRATED, database
from project import program

SEED = int(os.environ.get("HUBMETER_SEED", "20250101"))
INSTITUTIONS = ["demo-north", "demo-south", "demo-west"]
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]
AGAIN = MONTHS[:int(os.environ.get("HUBMETER_MONTHS", "4"))]  # of the second database: 12 take a minute more
ANSWERED = ("demo-south", "2025-03")

# As two people sign in; what may be waived is known to both, and nothing else may stand in the way.
PREPARE = """SET SESSION AUTHORIZATION fed_pia;
SELECT count(*) FROM (SELECT DISTINCT r.item FROM ledger.month_of('{0}', '{1}') AS k,
                      ledger.readiness(k.institution_id, k.month) AS r WHERE r.is_waivable) AS x,
       ledger.waive('{0}', '{1}', x.item, '', 'known');
SELECT ledger.begin_close('{0}', '{1}');
"""
FINISH = "SET SESSION AUTHORIZATION fed_cora; SELECT * FROM ledger.close('{0}', '{1}');"

# Each is empty when all is well. Money that is posted: by institution, and by fund of it.
LAWS = {
    "a bill is its charges": """
        SELECT s.statement_id, b.cost, l.amount
        FROM bill.statement s
        LEFT JOIN (SELECT revision_id, round(sum(cost), 9) AS cost FROM bill.line GROUP BY 1) b USING (revision_id)
        LEFT JOIN (SELECT statement_id, sum(amount) AS amount FROM charge.line WHERE basis = 'actual' GROUP BY 1) l
            USING (statement_id)
        WHERE b.cost IS DISTINCT FROM l.amount""",
    "bills are the charges of basis actual": """
        SELECT institution_id, b.cost, l.amount
        FROM (SELECT s.institution_id, sum(t.cost) AS cost
              FROM bill.statement s
              JOIN (SELECT revision_id, round(sum(cost), 9) AS cost FROM bill.line GROUP BY 1) t USING (revision_id)
              GROUP BY 1) b
        FULL JOIN (SELECT provider_id AS institution_id, sum(amount) AS amount FROM charge.line
                   WHERE basis = 'actual' GROUP BY 1) l USING (institution_id)
        WHERE b.cost IS DISTINCT FROM l.amount""",
    "charges are shares": """
        SELECT provider_id, period, l.amount, s.amount
        FROM (SELECT provider_id, sum(amount) AS amount FROM charge.line GROUP BY 1) l
        FULL JOIN (SELECT l.provider_id, sum(s.amount) AS amount
                   FROM charge.share s JOIN charge.line l ON (l.line_id, l.month) = (s.line_id, s.line_month)
                   GROUP BY 1) s USING (provider_id), (SELECT NULL AS period) p
        WHERE l.amount IS DISTINCT FROM s.amount""",
    "sums are those of the shares": """
        SELECT * FROM report.rollup_reconciliation WHERE difference <> 0 OR shares <> rolled_up""",
    "shares are legs": """
        SELECT institution_id, month, period, s.amount, g.amount
        FROM (SELECT institution_id, month, period, sum(amount) AS amount FROM charge.share GROUP BY 1, 2, 3) s
        FULL JOIN (SELECT institution_id, month, period, sum(amount) AS amount FROM fund.leg GROUP BY 1, 2, 3) g
            USING (institution_id, month, period)
        WHERE coalesce(s.amount, 0) <> coalesce(g.amount, 0)""",
    "legs are entries on funds and suspense": """
        SELECT institution_id, period, fund_id, g.amount, e.amount
        FROM (SELECT institution_id, period, coalesce(fund_id, 0) AS fund_id, sum(amount) AS amount
              FROM fund.leg WHERE period < '2026-01-01' GROUP BY 1, 2, 3) g
        FULL JOIN (SELECT e.institution_id, e.period, coalesce(fund_id, 0) AS fund_id, sum(amount) AS amount
                   FROM ledger.entry e JOIN ledger.batch b USING (batch_id)
                   WHERE account IN ('fund', 'suspense') AND b.kind = 'close' GROUP BY 1, 2, 3) e
            USING (institution_id, period, fund_id)
        WHERE coalesce(g.amount, 0) <> coalesce(e.amount, 0)""",
    "what the ledger refused only moves": """
        SELECT institution_id, g.amount, e.amount
        FROM (SELECT institution_id, sum(amount) AS amount FROM fund.leg WHERE period < '2026-01-01' GROUP BY 1) g
        FULL JOIN (SELECT institution_id, sum(amount) AS amount FROM ledger.entry
                   WHERE account IN ('fund', 'suspense') GROUP BY 1) e USING (institution_id)
        WHERE g.amount IS DISTINCT FROM e.amount""",
    "entries are journal lines and what is carried": """
        WITH carried AS (
            SELECT DISTINCT ON (j.institution_id, j.currency, c.contra, c.account, c.fund_id, c.unit_id,
                                c.counterparty_id, c.chart_string) j.institution_id, c.*
            FROM ledger.carry c JOIN ledger.journal j USING (journal_id)
            ORDER BY j.institution_id, j.currency, c.contra, c.account, c.fund_id, c.unit_id, c.counterparty_id,
                     c.chart_string, j.period DESC
        )
        SELECT institution_id, account, fund_id, e.amount, l.amount, c.amount
        FROM (SELECT institution_id, account, coalesce(fund_id, 0) AS fund_id, sum(amount) AS amount
              FROM ledger.entry WHERE account IN ('fund', 'suspense', 'due from') GROUP BY 1, 2, 3) e
        FULL JOIN (SELECT j.institution_id, account, coalesce(fund_id, 0) AS fund_id, sum(amount) AS amount
                   FROM ledger.journal_line JOIN ledger.journal j USING (journal_id)
                   WHERE account IN ('fund', 'suspense', 'due from') GROUP BY 1, 2, 3) l
            USING (institution_id, account, fund_id)
        FULL JOIN (SELECT institution_id, account, coalesce(fund_id, 0) AS fund_id, sum(carried) AS amount
                   FROM carried GROUP BY 1, 2, 3) c
            USING (institution_id, account, fund_id)
        WHERE coalesce(e.amount, 0) <> coalesce(l.amount, 0) + coalesce(c.amount, 0)""",
    "what is due from all is due to all": """
        SELECT least(institution_id, counterparty_id), greatest(institution_id, counterparty_id), sum(amount)
        FROM ledger.entry WHERE account IN ('due from', 'due to') GROUP BY 1, 2 HAVING sum(amount) <> 0""",
    "batches balance": "SELECT batch_id, currency, sum(amount) FROM ledger.entry GROUP BY 1, 2 HAVING sum(amount) <> 0",
    "journals balance": "SELECT journal_id, sum(amount) FROM ledger.journal_line GROUP BY 1 HAVING sum(amount) <> 0",
    "no usage is lost or invented": """
        SELECT s.slot_start, s.node_id FROM usage.node_slot s
        JOIN (SELECT w.node_id, class_id, slot_start, sum(cpu_used_usec) AS cpu, sum(memory_used_mib_sec) AS memory
              FROM usage.slot JOIN usage.workload w USING (workload_id) GROUP BY 1, 2, 3) u
            USING (slot_start, node_id, class_id)
        WHERE s.cpu_used_usec <> s.cpu_system_usec + u.cpu OR s.memory_used_mib_sec <> s.memory_system_mib_sec
            + u.memory OR s.cpu_used_usec > s.cpu_capacity_usec""",
}
# What the year has in it, so that the laws are about something.
SEEN = {
    "late, in a later month": "SELECT count(*) FROM fund.leg WHERE period > month AND period < '2026-01-01'",
    "written off": "SELECT count(*) FROM fund.leg JOIN fund.fund f USING (fund_id) WHERE f.kind = 'write-off'",
    "an extension": "SELECT count(*) FROM fund.leg JOIN fund.fund f USING (fund_id) "
                    "WHERE f.code LIKE 'spo-_1' AND month >= '2025-09-01'",
    "an award that ended": "SELECT count(*) FROM fund.leg JOIN fund.fund f USING (fund_id) WHERE f.code = 'fed-n2'",
    "suspense": "SELECT count(*) FROM ledger.entry WHERE account = 'suspense'",
    "other institutions": "SELECT count(*) FROM ledger.entry WHERE account = 'due from'",
    "a dropped course": "SELECT count(*) FROM charge.share WHERE reason = 'tag without membership'",
    "months that differ": "SELECT count(*) FROM charge.share WHERE month <> line_month",
    "bills": "SELECT count(*) FROM charge.line WHERE basis = 'actual'",
    "fees": "SELECT count(*) FROM charge.line WHERE basis = 'fee' AND amount <> 0",
    "refused lines": "SELECT count(*) FROM ledger.journal_line WHERE kind = 'reversal'",
}


class Year:
    """A database that goes through the year, by the commands of the README."""

    def __init__(self, hubmeter, directory):
        self.hubmeter, self.directory = hubmeter, directory
        self.steps = {"start": [], **{month: [] for month in MONTHS}, **{"late " + month: [] for month in MONTHS}}
        when = "start"
        for line in (directory / "README.txt").read_text().splitlines():
            if line.startswith("When "):
                when = ("late " if " closed " in line else "") + line.split()[-1].rstrip(":")
            elif line.startswith("In between"):
                break
            elif line.startswith("  hubmeter "):
                self.steps[when].append(line.split()[1:])

    def do(self, command):
        done = subprocess.run([program("hubmeter"), f"--postgres={self.hubmeter.conninfo}", *command],
                              cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        assert done.returncode == 0, done.stdout

    def rate(self):
        self.hubmeter.ok("rate")

    def close(self, institution, month):
        self.hubmeter.sql(PREPARE.format(institution, month) + FINISH.format(institution, month))

    def answer(self):
        """The ledger system refuses a line."""
        institution, month = ANSWERED
        journal = f"DEMO{month.replace('-', '')}0001"
        line = self.hubmeter.sql(
            "SELECT l.line_no FROM ledger.journal_line l JOIN ledger.journal j USING (journal_id)"
            f" JOIN org.institution i USING (institution_id) WHERE i.code = '{institution}'"
            f" AND j.period = '{month}-01' AND l.account = 'fund' ORDER BY l.amount DESC, line_no LIMIT 1")
        text = f"batch_id,line_no,status,reason\n{journal},{line},rejected,closed\n"
        self.hubmeter.ok("journal", "answer", self.hubmeter.write("answer.csv", text), "--institution", institution,
                         user="fed_cora")

    def journals(self, months):
        """{institution and month: the bytes of the journal}"""
        found = {}
        for institution in INSTITUTIONS:
            os.makedirs(self.hubmeter.files / institution)
            for month in months:
                name = f"DEMO{month.replace('-', '')}0001"
                self.hubmeter.ok("journal", "export", name, "--institution", institution, "--directory", institution)
                found[institution, month] = (self.hubmeter.files / institution / f"{name}.csv").read_bytes()
        return found


def orders():
    """In which order the institutions close, month by month."""
    draw = random.Random(SEED)
    return [draw.sample(INSTITUTIONS, 3) for _ in MONTHS]


def in_order(year):
    """Late usage is rated as it comes."""
    for step in year.steps["start"]:
        year.do(step)
    for month, order in zip(MONTHS, orders()):
        for step in year.steps[month]:
            year.do(step)
        year.rate()
        for institution in order:
            year.close(institution, month)
        if month == ANSWERED[1]:
            year.answer()
        for step in year.steps["late " + month]:
            year.do(step)
        year.rate()
    return year


def kill(hubmeter, moment, *arguments, user="postgres"):
    """Run a command that is killed after @moment seconds, unless it is done by then."""
    target = hubmeter.conninfo.replace("user=postgres", f"user={user}")
    with subprocess.Popen([program("hubmeter"), f"--postgres={target}", *arguments], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=moment)
        process.kill()


def shuffled_and_killed(year):
    """What is late comes in another order and is rated together with the next month; and much is killed on the way."""
    draw = random.Random(SEED + 1)
    for step in year.steps["start"]:
        year.do(step)
    for month, order in zip(AGAIN, orders()):
        for step in year.steps[month]:
            year.do(step)
        if draw.random() < 0.5:
            kill(year.hubmeter, draw.uniform(0, 1), "rate")
        year.rate()
        for institution in order:
            year.hubmeter.sql(PREPARE.format(institution, month))
            if draw.random() < 0.2:
                kill(year.hubmeter, draw.uniform(0, 0.4), "close", "finish", "--institution", institution,
                     "--month", month, user="fed_cora")
            finish(year.hubmeter, institution, month)
        if month == ANSWERED[1]:
            year.answer()
        for step in reversed(year.steps["late " + month]):
            year.do(step)
    return year


def finish(hubmeter, institution, month):
    """Unless the one that was killed did it."""
    done = hubmeter.run("close", "finish", "--institution", institution, "--month", month, user="fed_cora")
    assert done.returncode == 0 or "was closed by fed_cora on " in done.stderr, done.stderr


@pytest.fixture(scope="module", name="directory")
def written(tmp_path_factory):
    directory = tmp_path_factory.mktemp("federation")
    subprocess.run([program("hubmeter"), "demo", "federation", "--seed", str(SEED), "--scale", "small", "--directory",
                    directory], check=True, stdout=subprocess.DEVNULL)
    return directory


@pytest.fixture(scope="module", name="people")
def who_close(request, conninfo, tmp_path_factory):
    with database(request, conninfo, tmp_path_factory.mktemp("people"), MIGRATED) as made:
        made.sql("CREATE ROLE fed_pia LOGIN IN ROLE hm_controller; CREATE ROLE fed_cora LOGIN IN ROLE hm_controller")
        yield
        made.sql("DROP ROLE fed_pia, fed_cora")


@pytest.fixture(scope="module", name="first")
def year_in_order(request, people, conninfo, tmp_path_factory, directory):
    del people
    with database(request, conninfo, tmp_path_factory.mktemp("first"), MIGRATED) as made:
        yield in_order(Year(made, directory))


@pytest.fixture(scope="module", name="second")
def year_shuffled(request, people, conninfo, tmp_path_factory, directory):
    del people
    with database(request, conninfo, tmp_path_factory.mktemp("second"), MIGRATED) as made:
        yield shuffled_and_killed(Year(made, directory))


@pytest.mark.parametrize("law", LAWS)
def test_law(first, law):
    assert first.hubmeter.sql(LAWS[law]) == ""


@pytest.mark.parametrize("what", SEEN)
def test_the_year_has(first, what):
    assert first.hubmeter.sql(SEEN[what]) != "0"


def test_closed_months_are_what_they_were(first):
    found = json.loads(first.hubmeter.ok("close", "verify", "--format=json", user="fed_cora"))
    assert len(found) == len(INSTITUTIONS) * len(MONTHS)
    assert {row["finding"] for row in found} == {"as it was"}


def test_the_same_whatever_happens(first, second):
    for law, statement in LAWS.items():
        if len(AGAIN) == len(MONTHS) or "2026-01-01" not in statement:
            assert second.hubmeter.sql(statement) == "", law
    again = second.journals(AGAIN)
    for journal, text in first.journals(AGAIN).items():
        assert again[journal] == text, journal

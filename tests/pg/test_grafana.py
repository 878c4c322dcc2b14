"""deploy/grafana: every question its dashboards ask is answered to the role they ask as, with the right sums."""
import csv
import decimal
import functools
import glob
import io
import json
import os
import re
import subprocess

import pytest

from project import SOURCE

ROLE = "hm_dashboard"
FOLDER = os.path.join(SOURCE, "deploy/grafana")
# What dashboards may look at: no view that names people.
VIEWS = {"department_cost", "bill_reconciliation", "fee_cost", "budget_status", "fund_balance", "coverage",
         "unpriced_usage", "rating_reconciliation", "pending_rating", "rate_study"}
NAMES_PEOPLE = ("person", "username", "student", "login", "identity")
CHOSEN = {"institution": "demo-south", "month": "2025-03", "fiscal_year": None}  # None: the first that is offered
# Where all is well there is nothing to show.
MAY_BE_EMPTY = {"Budgets that will not last", "Silent nodes", "Unpriced usage", "Days that wait to be rated"}


def read(name):
    with open(name, encoding="utf-8") as file:
        return json.load(file)


DASHBOARDS = {os.path.basename(name)[:-5]: read(name) for name in sorted(glob.glob(f"{FOLDER}/dashboards/*.json"))}
PANELS = {f"{name}: {panel['title']}": panel for name, board in DASHBOARDS.items() for panel in board["panels"]}
VARIABLES = {f"{name}: {variable['name']}": (board, variable) for name, board in DASHBOARDS.items()
             for variable in board["templating"]["list"] if variable["type"] == "query"}


def rows(hubmeter, statement, user=ROLE):
    """What PostgreSQL answers to @user, as {column: text}."""
    target = hubmeter.conninfo.replace("user=postgres", f"user={user}")
    done = subprocess.run(["psql", target, "-XAq", "--csv", "-v", "ON_ERROR_STOP=1", "-c", statement],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), f"{statement}\n{done.stderr}"
    return list(csv.DictReader(io.StringIO(done.stdout)))


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def fill_in(statement, values):
    """As Grafana fills in ${name:sqlstring}; it has nothing else to fill in."""
    filled = re.sub(r"\$\{(\w+):sqlstring\}", lambda match: quoted(values[match[1]]), statement)
    assert "$" not in filled, filled
    return filled


def looks_at(statement):
    """The views it names; it has nothing else to look at."""
    sources = re.findall(r"\b(?:FROM|JOIN)\s+(?!LATERAL\b|\()([\w.]+)", statement)
    assert sources and all(source.startswith("report.") for source in sources)
    return {source.removeprefix("report.") for source in sources + re.findall(r"\breport\.\w+", statement)}


def total(hubmeter, statement, column, user=ROLE):
    return sum(decimal.Decimal(row[column]) for row in rows(hubmeter, statement, user) if row[column])


@pytest.fixture(scope="module", name="federation")
def federation_database(demo_federation):
    return demo_federation


@functools.cache
def values(hubmeter, name):
    """What is chosen of each variable of a dashboard, of what it offers."""
    chosen = {}
    for variable in DASHBOARDS[name]["templating"]["list"]:
        if variable["type"] != "query":
            continue
        offered = [next(iter(row.values())) for row in rows(hubmeter, fill_in(variable["query"], chosen))]
        wanted = CHOSEN[variable["name"]] or offered[0]
        assert wanted in offered
        chosen[variable["name"]] = wanted
    return chosen


@pytest.fixture(name="ask")
def asker(federation):
    """The answer to a panel's question."""
    def ask(name):
        target, = PANELS[name]["targets"]
        return rows(federation, fill_in(target["rawSql"], values(federation, name.split(":", maxsplit=1)[0])))
    return ask


def test_there_are_dashboards():
    assert set(DASHBOARDS) == {"departments", "budgets", "quality"}


def test_names_are_unique():
    uids = [board["uid"] for board in DASHBOARDS.values()]
    titles = [board["title"] for board in DASHBOARDS.values()]
    assert len(set(uids)) == len(uids) and len(set(titles)) == len(titles)
    assert all(re.fullmatch(r"hubmeter-[a-z-]{1,30}", uid) for uid in uids)
    for board in DASHBOARDS.values():
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)
        assert len({panel["title"] for panel in board["panels"]}) == len(ids)
        assert board["id"] is None and board["schemaVersion"] >= 38


@pytest.mark.parametrize("name", DASHBOARDS)
def test_no_panel_covers_another(name):
    taken = {}
    for panel in DASHBOARDS[name]["panels"]:
        at = panel["gridPos"]
        assert at["x"] >= 0 and at["w"] > 0 and at["h"] > 0 and at["x"] + at["w"] <= 24
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_everything_asks_the_same_source(name):
    board = DASHBOARDS[name]
    first = board["templating"]["list"][0]
    assert (first["name"], first["type"]) == ("DS_HUBMETER", "datasource")
    asks = board["panels"] + [target for panel in board["panels"] for target in panel["targets"]]
    asks += [variable for variable in board["templating"]["list"] if variable["type"] == "query"]
    assert {(ask["datasource"]["type"], ask["datasource"]["uid"]) for ask in asks} == {
        (first["query"], "${DS_HUBMETER}")}
    assert "institution" in {variable["name"] for variable in board["templating"]["list"]}


@pytest.mark.parametrize("name", PANELS)
def test_panels_look_at_aggregates(name):
    assert PANELS[name]["description"], "says what it shows"
    for target in PANELS[name]["targets"]:
        assert looks_at(target["rawSql"]) <= VIEWS


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_look_at_aggregates(name):
    assert looks_at(VARIABLES[name][1]["query"]) <= VIEWS


@pytest.mark.parametrize("name", PANELS)
def test_panel(ask, name):
    found = ask(name)
    assert found or PANELS[name]["title"] in MAY_BE_EMPTY
    if found and PANELS[name]["targets"][0]["format"] == "time_series":
        assert list(found[0]) == ["time", "metric", "value"]


def test_departments_add_up_to_the_view(federation, ask):
    year = f"SELECT amount FROM report.department_cost WHERE institution = '{CHOSEN['institution']}'"
    month = year + f" AND month = '{CHOSEN['month']}-01'"
    assert total(federation, year, "amount", "postgres") != 0
    expected = total(federation, month, "amount", "postgres")
    for title, column in (("Cost of the month", "amount"), ("Top resources of the month", "amount"),
                          ("The month against the budget", "cost of the month"),
                          ("Usage of the month by department and resource", "amount")):
        assert sum(decimal.Decimal(row[column]) for row in ask(f"departments: {title}")) == expected, title
    found = ask("departments: Cost by department and month")
    assert sum(decimal.Decimal(row["value"]) for row in found) == total(federation, year, "amount", "postgres")
    found = ask("departments: Fees of the month")
    assert sum(decimal.Decimal(row["amount"]) for row in found) == total(
        federation, f"SELECT amount FROM report.fee_cost WHERE institution = '{CHOSEN['institution']}'"
        f" AND month = '{CHOSEN['month']}-01'", "amount", "postgres")


@pytest.mark.parametrize("title, column, view, of_view", [
    ("Budgets", "spent", "budget_status", "spent"),
    ("Budgets", "budget", "budget_status", "budget"),
    ("Fund balances", "spent", "fund_balance", "spent"),
    ("Fund balances", "available", "fund_balance", "available"),
    ("Funds by kind and status", "spent", "fund_balance", "spent"),
    ("Funds by kind and status", "available", "fund_balance", "available")])
def test_budgets_and_funds_add_up_to_the_view(federation, ask, title, column, view, of_view):
    found = sum(decimal.Decimal(row[column]) for row in ask(f"budgets: {title}") if row[column])
    years = values(federation, "budgets")["fiscal_year"]
    where = f"WHERE institution = '{CHOSEN['institution']}'" + (
        f" AND fiscal_year = {years}" if view == "budget_status" else "")
    assert found == total(federation, f"SELECT {of_view} FROM report.{view} {where}", of_view, "postgres") != 0


def test_bills_add_up(federation, ask):
    found = ask("quality: Bill = attributed + idle + shared + unattributed")
    assert len(found) == 12
    for row in found:
        bill, *parts, difference = (decimal.Decimal(row[column]) for column in (
            "bill", "attributed", "idle", "shared", "unattributed", "difference"))
        assert difference == 0 and sum(parts) == round(bill, 9)
    stacked = sum(decimal.Decimal(row["value"]) for row in ask("quality: Bills by what became of them"))
    assert stacked == sum(round(decimal.Decimal(row["bill"]), 9) for row in found) == total(
        federation, "SELECT sum(amount) AS amount FROM charge.line AS l JOIN org.institution ON institution_id = "
        f"provider_id WHERE basis = 'actual' AND code = '{CHOSEN['institution']}'", "amount", "postgres")
    assert [decimal.Decimal(row["difference"]) for row in ask("quality: Bills: difference")] == [0]


def test_what_was_metered_is_charged(ask):
    found = ask("quality: Metered and charged in the month")
    assert {decimal.Decimal(row["difference"]) for row in found} == {0}
    assert all(decimal.Decimal(row["metered"]) == decimal.Decimal(row["charged"]) for row in found)


def test_the_role_reads_no_names(federation):
    """Neither these views nor any other that it may read has a column with somebody in it."""
    columns = rows(federation, f"""
        SELECT c.relname AS view, a.attname AS name
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'report'::regnamespace AND has_column_privilege('{ROLE}', c.oid, a.attnum, 'SELECT')""",
                   "postgres")
    assert VIEWS <= {column["view"] for column in columns}
    assert not [column for column in columns if column["name"] in NAMES_PEOPLE]


def test_the_role_reads_no_names_below_the_views_either(federation):
    assert not rows(federation, f"""
        SELECT c.oid::regclass AS relation, a.attname AS column
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p', 'v') AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
          AND (a.attname = 'username' OR c.oid = 'org.person'::regclass AND a.attname = 'name')
          AND has_column_privilege('{ROLE}', c.oid, a.attnum, 'SELECT')""", "postgres")


@pytest.mark.parametrize("view", ["user_cost", "charge_detail", "suspense", "unknown_user", "bill_cost"])
def test_the_role_is_refused_views_of_people(federation, view):
    target = federation.conninfo.replace("user=postgres", f"user={ROLE}")
    done = subprocess.run(["psql", target, "-XAtqc", f"SELECT 1 FROM report.{view} LIMIT 1"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    assert f"permission denied for view {view}" in done.stderr


def test_provisioning_holds_no_secret():
    with open(f"{FOLDER}/provisioning/datasources/hubmeter.yaml", encoding="utf-8") as file:
        text = file.read()
    assert re.search(rf"^    user: {ROLE}$", text, re.MULTILINE)
    assert re.findall(r"^ *password: (.*)$", text, re.MULTILINE) == ["$__file{/etc/grafana/hm_dashboard.password}"]

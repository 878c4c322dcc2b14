"""hubmeter fund and report funds: who pays, what is left, and that it is the charges."""
import csv
import datetime
import io
import json

import pytest

from test_report import SILENT, empty
from university import ORG, fill_university

END = datetime.date.today() + datetime.timedelta(days=40)
FUNDS = f"""institution,fund,name,kind,chart_string,start,end,amount
uni,NSF-1,Cold Atoms,federal,11301-PH100,2026-01-01,{END},0.02
uni,DEPT,Physics operating,operating,10000-PH100,,,
"""
AMENDMENTS = f"""institution,fund,kind,amount,end,last_posting,effective,reference
uni,NSF-1,increment,0.01,,,2026-08-01,A1
uni,NSF-1,extension,,2099-12-31,2100-02-28,2026-09-01,A2
"""
PLANS = """institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,only_classes,basis,author,approver
uni,lasers,2026-01-01,1,1,NSF-1,1000000,500,month,(none),work on Cold Atoms,ada,bob
uni,lasers,2026-01-01,2,1,DEPT,1000000,,,,,,
"""
ASSIGNMENTS = """institution,plan,scope,code,valid_from
uni,lasers,unit,physics,
uni,lasers,person,p2,2026-10-01
"""
# Half of what physics pays comes from each fund; nobody pays for the rest. As the engine leaves it behind.
LEGS = """
BEGIN;
SELECT charge.begin_run('usage', '');
DELETE FROM fund.leg;
DELETE FROM fund.day_total;
INSERT INTO fund.leg (line_id, month, period, hub_id, day, institution_id, unit_id, person_id, fund_id, plan_leg_id,
                      sequence, leg, reason, amount, currency)
SELECT s.line_id, s.month, s.month, s.hub_id, s.day, s.institution_id, s.unit_id, s.person_id, p.fund_id, p.plan_leg_id,
       s.sequence, coalesce(p.tier, 1),
       CASE WHEN u.unit_id IS NULL THEN 'in suspense' WHEN p.fund_id IS NULL THEN 'no plan' END,
       CASE p.tier WHEN 1 THEN round(s.amount / 2, 9) WHEN 2 THEN s.amount - round(s.amount / 2, 9) ELSE s.amount END,
       s.currency
FROM charge.share AS s
LEFT JOIN org.unit AS u USING (unit_id)
LEFT JOIN fund.plan_leg AS p ON u.code = 'physics';
INSERT INTO fund.day_total
SELECT institution_id, day, month, period, plan_leg_id, unit_id, currency, sum(amount) FROM fund.leg
GROUP BY institution_id, day, month, period, plan_leg_id, unit_id, currency;
DELETE FROM fund.dirty_day;
DELETE FROM fund.dirty_since;
COMMIT;
"""
# What the database does not let happen.
UNGUARDED = "SET session_replication_role = replica; "
RECORDED = "to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"')"


def fill_funds(loaded):
    for kind, text in (("funds", FUNDS), ("amendments", AMENDMENTS), ("plans", PLANS), ("assignments", ASSIGNMENTS)):
        loaded.ok("import", kind, loaded.write(kind + ".csv", text))


def fill_funded(loaded):
    fill_funds(loaded)
    loaded.ok("rate")
    loaded.sql(LEGS)


@pytest.fixture(name="funds")
def imported_funds(copy_of):
    return copy_of(fill_funds, fill_university)


@pytest.fixture(name="funded")
def funded_charges(copy_of):
    return copy_of(fill_funded, fill_university)


def rows(hubmeter, *arguments, **options):
    return json.loads(hubmeter.ok(*arguments, "--format=json", **options), parse_float=str)


def from_column(name, table):
    """@table without the columns before @name, which make it too wide for here."""
    start = table.index(name)
    return "".join(line[start:] + "\n" for line in table.splitlines())


def test_report(funded):
    assert funded.ok("report", "funds", "--month=2026-10", user="hm_finance") == """\
institution  posting_month  month    fund    plan    reason       amount  currency
-----------  -------------  -------  ------  ------  -----------  ------  --------
uni          2026-10        2026-10  (none)          in suspense    0.01  EUR
uni          2026-10        2026-10  (none)          no plan        0.01  EUR
uni          2026-10        2026-10  DEPT    lasers                 0.01  EUR
uni          2026-10        2026-10  NSF-1   lasers                 0.01  EUR
uni          2026-10        2026-10  total                          0.04  EUR
-----------  -------------  -------  ------  ------  -----------  ------  --------
total                                total                          0.04  EUR

reconciliation: charges = funded + unfunded of 1 of 1 institution, difference 0
unfunded: 0.013000486 EUR of uni: in suspense
unfunded: 0.013000486 EUR of uni: no plan

""" + SILENT


def test_report_is_the_charges(funded):
    done = funded.run("report", "funds", "--month=2026-10", "--format=csv", "--institution=uni")
    assert (done.returncode, done.stderr) == (0, SILENT)
    legs = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(leg["fund"], leg["plan"], leg["reason"], leg["amount"]) for leg in legs] == [
        ("(none)", "", "in suspense", "0.013000486"), ("(none)", "", "no plan", "0.013000486"),
        ("DEPT", "lasers", "", "0.006500243"), ("NSF-1", "lasers", "", "0.006500243")]
    exact = funded.ok("report", "funds", "--month=2026-10", "--exact").splitlines()
    assert exact[-7].split() == ["total", "total", "0.039001458", "EUR"]
    done = funded.run("report", "funds", "--month=2026-10", "--format=json")
    assert [{name: str(value or "") for name, value in leg.items()}
            for leg in json.loads(done.stdout, parse_float=str)] == legs
    physics = funded.ok("report", "funds", "--month=2026-10", "--unit=physics")
    assert "(none)" not in physics and "reconciliation" not in physics and "0.01" in physics


def test_what_rating_leaves_behind(funds):
    funds.ok("rate")
    assert [(row["fund"], row["reason"], row["amount"]) for row in json.loads(
        funds.run("report", "funds", "--month=2026-10", "--format=json").stdout, parse_float=str)] == [
            ("(none)", "in suspense", "0.013000486"), ("NSF-1", None, "0.026000972")]
    assert "of 1 of 1 institution, difference 0\n" in funds.ok("report", "funds", "--month=2026-10")
    assert [row["available"] for row in rows(funds, "fund", "list")] == [None, "0.003999028"]


def test_report_of_what_waits(funds):
    october = ("funds", "--month=2026-10")
    assert empty(funds, *october).endswith(": nothing is rated yet (run 'hubmeter rate')\n")
    funds.ok("rate")
    funds.sql(LEGS)
    funds.sql("INSERT INTO fund.dirty_since SELECT institution_id, true, '2026-10-01' FROM org.institution")
    text = funds.ok("report", *october)
    assert "\nwaiting: charges of uni have to be funded (run 'hubmeter rate')\nunfunded: 0.013000486" in text
    assert "reconciliation" not in text
    funds.sql(UNGUARDED + "DELETE FROM fund.leg; DELETE FROM fund.day_total")
    assert empty(funds, *october).endswith(": no charge is funded yet (run 'hubmeter rate')\n")
    funds.sql("DELETE FROM fund.dirty_since; INSERT INTO fund.day_total"
              " SELECT institution_id, day, month, month, NULL, unit_id, currency, sum(amount) FROM charge.share"
              " GROUP BY institution_id, day, month, unit_id, currency")
    assert funds.sql("SELECT difference FROM report.funding_reconciliation") == "0.039001458"


def test_a_difference_is_named(funded):
    funded.sql(UNGUARDED + "UPDATE fund.leg SET amount = amount + 0.000000001"
               " WHERE ctid = (SELECT min(ctid) FROM fund.leg)")
    assert ("\nreconciliation: charges = funded + unfunded of 0 of 1 institution, difference -0.000000001 EUR (uni)\n"
            in funded.ok("report", "funds", "--month=2026-10"))


def test_list(funded):
    now = "0.01" if datetime.date.today().strftime("%Y-%m") == "2026-10" else "0.00"
    assert from_column("status", funded.ok("fund", "list", user="hm_finance")) == f"""\
status  authorised  overdraw  spent  spent_this_month  held  available  first_day   last_day    last_posting  currency
------  ----------  --------  -----  ----------------  ----  ---------  ----------  ----------  ------------  --------
active                         0.01              {now}  0.00                                                   EUR
active        0.03      0.00   0.01              {now}  0.00       0.02  2026-01-01  2099-12-31  2100-02-28    EUR
"""
    figures = {row["fund"]: row for row in rows(funded, "fund", "list")}
    assert figures["NSF-1"] == {
        "institution": "uni", "fund": "NSF-1", "name": "Cold Atoms", "kind": "federal", "chart_string": "11301-PH100",
        "status": "active", "authorised": "0.03", "overdraw": "0.00", "spent": "0.006500243",
        "spent_this_month": figures["NSF-1"]["spent_this_month"], "held": 0, "available": "0.023499757",
        "first_day": "2026-01-01", "last_day": "2099-12-31", "last_posting": "2100-02-28", "currency": "EUR"}
    assert (figures["DEPT"]["authorised"], figures["DEPT"]["available"], figures["DEPT"]["last_day"]) == (None,) * 3
    header, *lines = funded.ok("fund", "list", "--format=csv", "--institution=uni").splitlines()
    assert header == ("institution,fund,name,kind,chart_string,status,authorised,overdraw,spent,spent_this_month,"
                      "held,available,first_day,last_day,last_posting,currency")
    assert lines[0].startswith("uni,DEPT,Physics operating,operating,10000-PH100,active,,,0.006500243,")


def test_show(funded):
    shown = json.loads(funded.ok("fund", "show", "NSF-1", "--format=json", user="hm_finance"), parse_float=str)
    assert list(shown) == ["fund", "amendments", "plans", "assignments"]
    assert [fund["available"] for fund in shown["fund"]] == ["0.023499757"]
    when = funded.sql(f"SELECT DISTINCT {RECORDED} FROM fund.amendment WHERE reference LIKE 'A_'")
    assert [list(row.values()) for row in shown["amendments"]][1:] == [
        [2, "increment", "0.01", "2026-08-01", None, None, None, "A1", when, "postgres"],
        [3, "extension", "0.00", "2026-09-01", None, "2099-12-31", "2100-02-28", "A2", when, "postgres"]]
    [leg] = shown["plans"]
    assert leg.pop("valid_to") is not None
    assert leg == {"plan": "lasers", "valid_from": "2025-12-31T23:00Z", "status": "recorded", "tier": 1, "leg": 1,
                   "weight_ppm": 1000000, "cap": "500.00", "cap_window": "month", "only_classes": "(none)",
                   "on_exhaust": "spill"}
    assert shown["assignments"] == [
        {"plan": "lasers", "scope": "person", "code": "p2", "valid_from": "2026-09-30T22:00Z", "valid_to": None},
        {"plan": "lasers", "scope": "unit", "code": "physics", "valid_from": None, "valid_to": None}]


def test_show_for_people_and_spreadsheets(funded):
    text = funded.ok("fund", "show", "NSF-1", "--institution=uni")
    assert [part.splitlines()[0] for part in text.split("\n\n")[1:]] == ["amendments:", "plans:", "assignments:"]
    assert text.split("\n\n")[3] == """\
assignments:
plan    scope   code     valid_from         valid_to
------  ------  -------  -----------------  --------
lasers  person  p2       2026-09-30T22:00Z
lasers  unit    physics
"""
    tables = funded.ok("fund", "show", "DEPT", "--format=csv").split("\n\n")
    assert [len(list(csv.DictReader(io.StringIO(table)))) for table in tables] == [1, 1, 1, 2]
    funded.ok("import", "funds", "-", text="institution,fund,name,kind,chart_string\nuni,NEW,New,gift,9\n")
    assert "plans:" not in funded.ok("fund", "show", "NEW")


def test_statement(funded):
    when = funded.sql(f"SELECT DISTINCT {RECORDED} FROM fund.amendment WHERE reference LIKE 'A_'")
    award = funded.sql(f"SELECT {RECORDED} FROM fund.amendment WHERE reference = 'award' AND amount > 0")
    shown = funded.ok("fund", "statement", "NSF-1", "--institution=uni", user="hm_finance")
    assert from_column("fund", shown) == f"""\
fund   day         kind       reference  plan    month    recorded_at        recorded_by  change  balance  currency
-----  ----------  ---------  ---------  ------  -------  -----------------  -----------  ------  -------  --------
NSF-1              award      award                       {award}  postgres       0.02     0.02  EUR
NSF-1  2026-08-01  increment  A1                          {when}  postgres       0.01     0.03  EUR
NSF-1  2026-09-01  extension  A2                          {when}  postgres       0.00     0.03  EUR
NSF-1  2026-10-31  charge                lasers  2026-10                                   -0.01     0.02  EUR
"""
    lines = funded.ok("fund", "statement", "NSF-1", "--exact").splitlines()
    assert [line.split()[-2] for line in lines[2:]] == ["0.02", "0.03", "0.03", "0.023499757"]


def test_statement_of_a_month(funded):
    def movements(month):
        return [(row["day"], row["kind"], row["change"], row["balance"])
                for row in rows(funded, "fund", "statement", "NSF-1", "--month", month)]

    assert movements("2026-09") == [("2026-09-01", "brought forward", None, "0.03"),
                                    ("2026-09-01", "extension", 0, "0.03")]
    assert movements("2026-10") == [("2026-10-01", "brought forward", None, "0.03"),
                                    ("2026-10-31", "charge", "-0.006500243", "0.023499757")]
    assert movements("2031-01") == [("2031-01-01", "brought forward", None, "0.023499757")]
    assert movements("2020-01") == [("2020-01-01", "brought forward", None, "0.02")], "the award counts ever since"
    assert movements("current")[0][1] == "brought forward"


def test_whose_fund_it_is(funded):
    funded.ok("import", "org", "-", text=ORG.split("\n")[0] + "\ncollege,UTC,USD,,,College,\n")
    assert funded.ok("fund", "show", "DEPT").startswith("institution"), "there is only one of that name"
    funded.ok("import", "funds", "-", text="institution,fund,name,kind,chart_string\ncollege,DEPT,Theirs,operating,1\n")
    for words in (("show", "DEPT"), ("statement", "DEPT")):
        assert funded.refused("fund", *words) == (
            'hubmeter: cannot look up the fund: several institutions have a fund "DEPT": say --institution CODE, '
            "one of college, uni\n")
    assert [row["name"] for row in rows(funded, "fund", "show", "DEPT", "--institution=college")["fund"]] == ["Theirs"]
    assert rows(funded, "fund", "statement", "DEPT", "--institution=college")[0]["balance"] == 0
    assert [row["institution"] for row in rows(funded, "fund", "list")] == ["college", "uni", "uni"]


@pytest.mark.parametrize("words, error", [
    ("fund show X", 'cannot look up the fund: no fund "X", known are: DEPT, NSF-1'),
    ("fund statement X --institution uni", 'cannot look up the fund: no fund "X", known are: DEPT, NSF-1'),
    ("fund list --institution no", 'cannot look up the fund: no institution "no", known are: uni'),
    ("fund show DEPT --institution no", 'cannot look up the fund: no institution "no", known are: uni'),
    ("report funds --institution no", 'cannot report: no institution "no", known are: uni'),
])
def test_what_is_not_there(funds, words, error):
    assert funds.refused(*words.split()) == f"hubmeter: {error}\n"


def test_nothing_at_all(loaded):
    done = loaded.run("fund", "list", user="hm_finance")
    assert (done.returncode, done.stdout, done.stderr) == (
        0, "", "hubmeter: there is no fund: 'hubmeter import funds' makes them\n")
    assert loaded.refused("fund", "show", "X") == (
        "hubmeter: cannot look up the fund: no fund \"X\": there is none yet, 'hubmeter import funds' makes them\n")


@pytest.mark.parametrize("words", ["fund", "fund show", "fund statement", "fund statement X --month next",
                                   "fund list X"])
def test_usage_errors(hubmeter, words):
    assert "--help" in hubmeter.refused(*words.split(), status=2)

"""Why was this charged: the detail of a department, a charge line explained, and suspense settled."""
import json

import pytest

from university import fill_university

DETAIL = ("report", "detail", "--month=2026-10")


def fill_rated(loaded):
    loaded.ok("import", "org", "-", text="institution,time_zone,currency,unit,parent,name\n"
              "uni,,,science,,Sciences\nuni,,,physics,science,Physics\n")
    loaded.ok("rate")


@pytest.fixture(name="rated")
def rated_database(copy_of):
    return copy_of(fill_rated, fill_university)


def rows(hubmeter, *words, **options):
    done = hubmeter.run(*words, "--format=json", **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout, parse_float=str)


def test_detail_of_a_department(rated):
    """What did physics cost, by person and day, and why: one command, and one query for finance."""
    detail = rows(rated, *DETAIL, "--unit=physics", user="hm_finance")
    assert [(r["day"], r["person"], r["resource"], r["rate"], r["amount"], r["why"]) for r in detail] == [
        ("2026-10-05", "p1", "cpu", "0.0130000000001 EUR per core-hour", "0.013000000",
         "the home department of the person"),
        ("2026-10-05", "p1", "memory", "0.00175 EUR per GiB-hour", "0.000000486",
         "the home department of the person")]
    text = rated.ok(*DETAIL, "--unit=physics")
    assert "2026-10-05  p1      total" in text


@pytest.mark.parametrize("words, people", [
    ((), {"p1", "p2", None}),
    (("--unit=science",), {"p1"}),  # and what is below it
    (("--unit=biology",), {"p2"}),
    (("--unit=(suspense)",), {None}),
    (("--person=p2",), {"p2"}),
    (("--unit=physics", "--person=p2"), set()),
])
def test_limits(rated, words, people):
    if people:
        assert {r["person"] for r in rows(rated, *DETAIL, *words)} == people
        assert {r["person"] for r in rows(rated, "report", "users", "--month=2026-10", *words)} == people
    else:
        assert "nothing to report for 2026-10 and unit physics and person p2" in rated.run(*DETAIL, *words).stderr


def test_departments_below(rated):
    below = rows(rated, "report", "departments", "--month=2026-10", "--unit=science")
    assert {r["department"] for r in below} == {"physics"}


@pytest.mark.parametrize("words, message", [
    (("--unit=math",), 'no department "math"'),
    (("--person=p9",), 'no person "p9"'),
])
def test_unknown(rated, words, message):
    assert message in rated.refused(*DETAIL, *words)


def test_explain(rated):
    [line] = {r["line"] for r in rows(rated, *DETAIL, "--person=p1") if r["resource"] == "cpu"}
    text = rated.ok("explain", line, user="hm_finance")
    said = [" ".join(part.split()) for part in text.splitlines()]
    assert said[0] == f"line {line}: cpu of ada on hub-a, 2026-10-05 UTC"
    assert "10:00 node1, ada: 3600000001, 0, 3600000001" in said
    assert "sum: 3600000001, 0, 3600000001; from topic usage.hub-a.v1, complete" in said
    assert "amount: 3600000001 / 3600000000 x 0.0130000000001 = 0.013000000 EUR, rounded once" in said
    assert "from 10:00 to the slot of 10:00: the home department of the person" in said
    assert any(part.startswith("user name: ada on hub-a is person p1; from ever to open, source csv") for part in said)
    assert any(part.startswith("membership: home of person p1 is physics; from 2025-12-31T23:00:00+00:00 to open")
               for part in said)
    assert any(part.startswith("run 1: ") for part in said) or any(part.startswith("run ") for part in said)

    data = json.loads(rated.ok("explain", line, "--format=json", user="hm_finance"), parse_float=str)
    assert sum(slot["billable"] for slot in data["usage"]) == data["billable"] == 3600000001
    assert [(s["department"], s["rule"], s["amount"]) for s in data["shares"]] == [("physics", "home", "0.013000000")]
    assert (data["price"]["rate"], data["waiting"]) == ("0.0130000000001", False)


def test_every_line_is_explained_by_its_usage(rated):
    """The slots that an explanation lists add up to the line, for every line."""
    assert rated.sql("SELECT count(*) FROM charge.line") == "6"
    assert rated.sql(
        "SELECT count(*) FROM charge.line AS l, report.explain_line(l.line_id) AS e"
        " WHERE (SELECT sum((u ->> 'billable')::bigint) FROM jsonb_array_elements(e -> 'usage') AS u) = l.billable"
        " AND (SELECT sum((s ->> 'amount')::numeric) FROM jsonb_array_elements(e -> 'shares') AS s) = l.amount"
    ) == "6"


@pytest.mark.parametrize("line, message", [
    ("99999", "hubmeter: cannot explain: there is no such line; 'hubmeter report detail' shows them\n"),
])
def test_no_such_line(rated, line, message):
    assert rated.refused("explain", line) == message


@pytest.mark.parametrize("word", ["x", "-1", "1e3", "9" * 19, ""])
def test_no_number(rated, word):
    done = rated.run("explain", "--", word)
    assert (done.returncode, done.stdout) == (2, "")


def test_suspense(rated):
    listed = rows(rated, "suspense", "list", "--month=2026-10")
    assert {(r["hub"], r["username"], r["reason"]) for r in listed} == {("hub-a", "eve", "no alias")}
    words = ("suspense", "assign", "hub-a", "eve", "--institution=uni", "--unit=biology")
    assert rated.run(*words).returncode == 2, "a reason is needed"
    effect = "  uni 2026-10: 1 hub-day, 0 EUR\n    (suspense) -0.013000486 EUR\n    biology +0.013000486 EUR\n"
    assert rated.ok(*words, "--reason=guest, of \"Ben\"", "--dry-run") == (
        "suspense assign: 1 row, 1 would change, nothing was imported\n" + effect)
    assert rated.ok(*words, "--reason=guest, of \"Ben\"") == "suspense assign: 1 row, 1 changed\n" + effect
    rated.ok("rate")
    assert "nothing is in suspense" in rated.run("suspense", "list", "--month=2026-10").stderr
    assert {r["why"] for r in rows(rated, *DETAIL, "--unit=biology") if r["username"] == "eve"} == {
        'assigned by hand: guest, of "Ben"'}
    assert 'unknown department of uni' in rated.refused(*words[:-1], "--unit=math", "--reason=x")


# Ada used 0.013 EUR on a day of which the gift pays what it has, and which the old award is over for.
FUNDS = """institution,fund,name,kind,chart_string,start,end,amount
uni,OLD,Hot Atoms,federal,11300-PH100,2026-01-01,2026-09-30,
uni,GIFT,From a friend,gift,10001-PH100,,,0.01
uni,DEPT,Physics operating,operating,10000-PH100,,,
"""
PLANS = """institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,only_classes,basis,author,approver
uni,lasers,2026-01-01,1,1,OLD,200000,,,,a fifth of the work,ada,bob
uni,lasers,2026-01-01,1,2,GIFT,800000,500,month,,,,
uni,lasers,2026-01-01,2,1,DEPT,1000000,1,month,a100,,,
uni,lasers,2026-01-01,3,1,DEPT,1000000,,,,,,
"""
ASSIGNMENTS = "institution,plan,scope,code\nuni,lasers,unit,science\n"
LASERS = ("plan: lasers pays for department science; from ever to open, source csv",
          "plan lasers as of 2025-12-31T23:00:00+00:00, by ada, approved by bob as the file says: a fifth of the work")


def fund(hubmeter, **files):
    for kind, text in files.items():
        done = hubmeter.run("import", kind, hubmeter.write(kind + ".csv", text))
        assert done.returncode == 0, done.stderr
    hubmeter.ok("rate")


@pytest.fixture(name="funded")
def funded_lines(rated):
    fund(rated, funds=FUNDS, plans=PLANS, assignments=ASSIGNMENTS)
    return rated


def line_of(hubmeter, username):
    [line] = {r["line"] for r in rows(hubmeter, *DETAIL) if r["username"] == username and r["resource"] == "cpu"}
    return line


def money(hubmeter, username):
    """What the text says of the funds of the share that a user's CPU is."""
    text = hubmeter.ok("explain", line_of(hubmeter, username), user="hm_finance")
    share = text.split("\n\nshare 1: ")[1].split("\n\n")[0].splitlines()
    start = next(n for n, said in enumerate(share) if said.startswith(("  fund", "  plan", "  no fund")))
    return tuple(said.removeprefix("  ") for said in share[start:])


def test_which_money(funded):
    assert money(funded, "ada") == LASERS + (
        "fund GIFT pays 0.010000000 EUR: tier 1, leg 2, 800000 ppm of what reaches the tier",
        "fund DEPT pays 0.003000000 EUR: tier 3, leg 1, 1000000 ppm of what reaches the tier",
        "  rather than OLD (tier 1, leg 1): ended on 2026-09-30",
        "  rather than GIFT (tier 1, leg 2): nothing was left of its 0.01 EUR",
        "  rather than DEPT (tier 2, leg 1): does not pay for usage without a class")
    assert money(funded, "zoë") == ("no fund pays 0.013000000 EUR: no plan",)
    assert money(funded, "eve") == ("no fund pays 0.013000000 EUR: in suspense",)

    data = json.loads(funded.ok("explain", line_of(funded, "ada"), "--format=json", user="hm_finance"), parse_float=str)
    [share] = data["shares"]
    assert share["funding"]["waiting"] is False
    gift, dept = share["funding"]["legs"]
    assert gift == {
        "leg": 1, "fund": "GIFT", "name": "From a friend", "kind": "gift", "chart_string": "10001-PH100",
        "amount": "0.010000000", "period": "2026-10", "reason": None, "rather_than": [],
        "rule": {"plan": "lasers", "tier": 1, "leg": 2, "weight_ppm": 800000, "status": "recorded",
                 "valid_from": "2025-12-31T23:00:00+00:00", "basis": "a fifth of the work", "author": "ada",
                 "approver": "bob", "approved_at": None},
        "assignment": {"scope": "unit", "code": "science", "valid_from": None, "valid_to": None, "source": "csv"}}
    assert dept["rather_than"][0] == {"tier": 1, "leg": 1, "fund": "OLD", "why": "ended on 2026-09-30"}
    assert funded.sql(
        "SELECT count(*) FROM charge.line AS l,"
        " jsonb_array_elements(report.explain_line(l.line_id) -> 'shares') AS s WHERE (s ->> 'amount')::numeric"
        " = (SELECT sum((g ->> 'amount')::numeric) FROM jsonb_array_elements(s #> '{funding,legs}') AS g)"
    ) == "6", "the legs that are told add up to the share"


def test_a_change_of_funds(funded):
    """What is derived is derived from what stands, not from what stood."""
    caps = "institution,scope,code,amount,window\nuni,unit,physics,0.01,month\nuni,plan,lasers,9,fiscal_year\n"
    funded.ok("import", "caps", funded.write("caps.csv", caps))
    told = money(funded, "ada")
    assert told[0] == "funds: a change is not funded yet: hubmeter rate"
    assert not any("pays for" in said or "rather than" in said for said in told)
    funded.ok("rate")
    assert ("  rather than GIFT (tier 1, leg 2): nothing was left of the cap of 0.01 EUR a month for department "
            "physics, or nothing was left of its 0.01 EUR") in money(funded, "ada")

    plan = PLANS.replace("2026-01-01", "2026-02-01").replace(",bob", ",")
    funded.sql("UPDATE fund.plan_version SET voided_at = now(), void_reason = 'test'")
    fund(funded, plans=plan)
    assert money(funded, "ada") == ("no fund pays 0.013000000 EUR: no approved version of plan lasers",)
    funded.sql("SET SESSION AUTHORIZATION hm_controller; SELECT fund.approve_plan('uni', 'lasers')")
    when = funded.sql("SELECT to_json(approved_at AT TIME ZONE 'UTC') #>> '{}' FROM fund.plan_version"
                      " WHERE approved_at IS NOT NULL")
    funded.ok("rate")
    assert (f"plan lasers as of 2026-01-31T23:00:00+00:00, by ada, approved by hm_controller on {when}+00:00: "
            "a fifth of the work") in money(funded, "ada")


def test_a_share_of_several_answers(rated):
    """Midnight in Berlin is in the middle of a UTC day: a fund ends then, and another version begins."""
    rated.sql("INSERT INTO usage.slot SELECT (jsonb_populate_record(s, jsonb_build_object('slot_start', t))).*"
              " FROM usage.slot AS s, (VALUES ('2026-10-05 21:45Z'), ('2026-10-05 22:00Z')) AS v (t);"
              "INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-05' FROM usage.hub")
    fund(rated, funds=FUNDS.replace("2026-09-30", "2026-10-05").replace(",0.01\n", ",900\n"), plans=PLANS,
         assignments=ASSIGNMENTS)
    assert money(rated, "ada") == LASERS + (
        "fund OLD pays 0.005200000 EUR: tier 1, leg 1, 200000 ppm of what reaches the tier",
        "fund GIFT pays 0.031200000 EUR: tier 1, leg 2, 800000 ppm of what reaches the tier",
        "fund DEPT pays 0.002600000 EUR: tier 3, leg 1, 1000000 ppm of what reaches the tier",
        "  rather than OLD (tier 1, leg 1): ended on 2026-10-05",
        "  rather than DEPT (tier 2, leg 1): does not pay for usage without a class")
    fund(rated, plans="institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver\n"
         "uni,lasers,2026-10-06,1,1,OLD,1000000,no more half measures,ada,bob\n"
         "uni,lasers,2026-10-06,2,1,DEPT,1000000,,,\n")
    assert money(rated, "ada") == LASERS + (
        "fund OLD pays 0.005200000 EUR: tier 1, leg 1, 200000 ppm of what reaches the tier",
        "fund GIFT pays 0.020800000 EUR: tier 1, leg 2, 800000 ppm of what reaches the tier",
        LASERS[0],
        "plan lasers as of 2026-10-05T22:00:00+00:00, by ada, approved by bob as the file says: no more half measures",
        "fund DEPT pays 0.013000000 EUR: tier 2, leg 1, 1000000 ppm of what reaches the tier",
        "  rather than OLD (tier 1, leg 1): ended on 2026-10-05")


def test_no_funds_at_all(rated):
    line = line_of(rated, "ada")
    text = rated.ok("explain", line, user="hm_finance")
    assert [said for said in text.splitlines() if "fund" in said] == ["  funds: uni has none"]
    assert json.loads(rated.ok("explain", line, "--format=json"))["shares"][0]["funding"] is None

"""Why was this charged: the detail of a department, a charge line explained, and suspense settled."""
import json

import pytest

DETAIL = ("report", "detail", "--month=2026-10")


@pytest.fixture(name="rated")
def rated_database(loaded):
    loaded.ok("import", "org", "-", text="institution,time_zone,currency,unit,parent,name\n"
              "uni,,,science,,Sciences\nuni,,,physics,science,Physics\n")
    loaded.ok("rate")
    return loaded


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

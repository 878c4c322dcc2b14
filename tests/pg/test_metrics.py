"""hubmeter metrics: Prometheus's text format, whatever things are called, and exact figures."""
import decimal
import glob
import os
import re

import pytest

from project import SOURCE
from university import fill_university

DEPLOY = os.path.join(SOURCE, "deploy/prometheus")
# Quotes, a backslash at the end, something like an escape, like the end of a sample, and no ASCII.
HOSTILE = 'a"b\\n{c="1"} 2 # é\\'
MONEY = {
    "budgets": "institution,unit,fiscal_year,amount,delegated_by\nuni,physics,{year},1000.25,provost\n",
    "chart-segments": "institution,position,segment,pattern,separator,optional\nuni,1,fund,[A-Z0-9]+,,no\n",
    "funds": "institution,fund,name,kind,chart_string,amount\nuni,DEPT,Physics,operating,A1,\n"
             "uni,GIFT,A gift,gift,A2,500.10\n",
}
METRICS = {"hubmeter_budget_amount", "hubmeter_budget_spent", "hubmeter_budget_forecast", "hubmeter_fund_authorised",
           "hubmeter_fund_spent", "hubmeter_fund_available", "hubmeter_bill_difference",
           "hubmeter_undistributed_bills", "hubmeter_unrated_hub_days"}
SAMPLE = re.compile(r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)'
                    r'(?:\{(?P<labels>[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*)\})?'
                    r' (?P<value>-?[0-9]+(?:\.[0-9]+)?)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"')


def unescape(text):
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)


def parse(text):
    """{(name, labels): value}; every line must be one of the format, each metric's in one block."""
    samples, described = {}, []
    assert text.endswith("\n")
    lines = iter(text[:-1].split("\n"))
    for line in lines:
        described_now = re.fullmatch(r"# HELP (\w+) [^\\]+", line)
        if described_now:
            assert described_now[1] not in described
            described.append(described_now[1])
            assert next(lines) == f"# TYPE {described[-1]} gauge"
            continue
        match = SAMPLE.fullmatch(line)
        assert match and match["name"] == described[-1], line
        labels = tuple((name, unescape(value)) for name, value in LABEL.findall(match["labels"] or ""))
        assert len({name for name, _ in labels}) == len(labels)
        assert (match["name"], labels) not in samples
        samples[match["name"], labels] = decimal.Decimal(match["value"])
    return samples


def of(samples, name, **labels):
    """The only sample of that name with these labels."""
    found, = (value for (metric, of_sample), value in samples.items()
              if metric == name and labels.items() <= dict(of_sample).items())
    return found


def fill_money(loaded):
    year = loaded.sql("SELECT extract(year FROM now() AT TIME ZONE 'Europe/Berlin')")
    for kind, text in MONEY.items():
        loaded.ok("import", kind, loaded.write(kind + ".csv", text.format(year=year)))


@pytest.fixture(name="campus")
def rated_campus(copy_of):
    return copy_of(fill_money, fill_university)


def test_figures_are_those_of_the_views(campus):
    campus.ok("rate")
    text = campus.ok("metrics")
    samples = parse(text)
    assert of(samples, "hubmeter_budget_amount", institution="uni", unit="physics", currency="EUR") == \
        decimal.Decimal("1000.25")
    for metric, view, column in (("budget_spent", "budget_status", "spent"),
                                 ("budget_forecast", "budget_status", "forecast"),
                                 ("fund_spent", "fund_balance", "spent"),
                                 ("fund_authorised", "fund_balance", "authorised"),
                                 ("fund_available", "fund_balance", "available")):
        for row in campus.sql(f"SELECT {column} FROM report.{view} WHERE {column} IS NOT NULL").splitlines():
            assert f" {row}\n" in text, "to the last digit"
        assert sum(value for (name, _), value in samples.items() if name == f"hubmeter_{metric}") == \
            decimal.Decimal(campus.sql(f"SELECT coalesce(sum({column}), 0) FROM report.{view}"))
    assert of(samples, "hubmeter_fund_available", fund="GIFT", status="active") == decimal.Decimal("500.10")
    assert not [labels for name, labels in samples if name == "hubmeter_fund_available" and ("fund", "DEPT") in labels]


def test_what_waits_is_counted(campus):
    assert of(parse(campus.ok("metrics")), "hubmeter_unrated_hub_days", state="waiting") == 1
    campus.ok("rate")
    samples = parse(campus.ok("metrics"))
    assert of(samples, "hubmeter_unrated_hub_days", state="waiting") == 0
    campus.sql("INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-05' FROM usage.hub;"
               "INSERT INTO charge.failed_day (hub_id, day, reason) SELECT hub_id, '2026-10-05', 'x' FROM usage.hub")
    samples = parse(campus.ok("metrics"))
    assert of(samples, "hubmeter_unrated_hub_days", state="failed") == 1
    assert of(samples, "hubmeter_unrated_hub_days", state="waiting") == 0


def test_names_cannot_end_a_label(campus):
    campus.sql("UPDATE org.unit SET code = $$" + HOSTILE + "$$ WHERE code = 'physics';"
               "UPDATE fund.fund SET code = E'two\\nlines' WHERE code = 'GIFT'")
    samples = parse(campus.ok("metrics"))
    assert of(samples, "hubmeter_budget_amount", unit=HOSTILE) == decimal.Decimal("1000.25")
    assert of(samples, "hubmeter_fund_available", fund="two\nlines") == decimal.Decimal("500.10")


def test_one_institution(campus):
    assert {dict(labels).get("institution") for _, labels in parse(campus.ok("metrics"))} == {"uni", None}
    samples = parse(campus.ok("metrics", "--institution", "other"))
    assert {name for name, _ in samples} == {"hubmeter_unrated_hub_days"}


def test_a_failure_prints_nothing(campus):
    campus.sql("DROP VIEW report.pending_rating")
    done = campus.run("metrics")
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot read metrics" in done.stderr


def test_aggregates_are_enough(campus):
    """The role of dashboards may ask for them too."""
    campus.ok("rate")
    assert parse(campus.ok("metrics", user="hm_dashboard")) == parse(campus.ok("metrics"))


def test_every_metric_says_what_it_is():
    """A column that has no row in the command's table is never printed."""
    columns = []
    for name in glob.glob(os.path.join(SOURCE, "cli/store/sql/metrics/*.sql")):
        with open(name, encoding="utf-8") as file:
            columns += re.findall(r"AS (hubmeter_\w+)", file.read())
    with open(os.path.join(SOURCE, "cli/command/metrics.c"), encoding="utf-8") as file:
        described = re.findall(r'{"(hubmeter_\w+)"', file.read())
    assert sorted(columns) == sorted(described) == sorted(METRICS)


def test_rules_watch_what_there_is():
    with open(f"{DEPLOY}/hubmeter.rules.yaml", encoding="utf-8") as file:
        rules = file.read()
    assert set(re.findall(r"\bhubmeter_\w+", rules)) <= METRICS
    names = re.findall(r"- alert: (\w+)\n", rules)
    assert len(names) == len(set(names)) == rules.count("expr:") == rules.count("severity:") == rules.count("summary:")
    with open(f"{DEPLOY}/README.md", encoding="utf-8") as file:
        page = file.read()
    assert {"hubmeter_" + name for name in ("budget_amount", "fund_authorised", "bill_difference",
                                            "undistributed_bills", "unrated_hub_days")} <= set(
        re.findall(r"`(hubmeter_\w+)`", page))

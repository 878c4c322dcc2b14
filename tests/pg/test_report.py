"""hubmeter rate and report: exact figures, as text, CSV and JSON."""
import concurrent.futures
import csv
import io
import json

import pytest


def test_rate(loaded):
    assert loaded.ok("rate", user="hm_rater") == "rated 1 hub-day, 6 lines\n"
    assert loaded.ok("rate") == "rated 0 hub-days, 0 lines\n"


def test_rate_at_once(loaded):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = [pool.submit(loaded.ok, "rate") for _ in range(3)]
    assert sorted(run.result() for run in runs) == [
        "rated 0 hub-days, 0 lines\n", "rated 0 hub-days, 0 lines\n", "rated 1 hub-day, 6 lines\n"]
    assert loaded.sql("SELECT count(*) FROM charge.line") == "6"


def test_departments(loaded):
    loaded.ok("rate")
    table = loaded.ok("report", "departments", "--month", "2026-10", user="hm_finance")
    assert table == """\
institution  month    department  resource     used  reserved  billable  unit            amount  currency
-----------  -------  ----------  --------  -------  --------  --------  ----------  ----------  --------
uni          2026-10  (suspense)  cpu       1.000       0.000   1.000    core-hours  0.01        EUR
uni          2026-10  (suspense)  memory    0.00028     0.000   0.00028  GiB-hours   0.00000049  EUR
uni          2026-10  (suspense)  total                                              0.01        EUR

uni          2026-10  biology     cpu       1.000       0.000   1.000    core-hours  0.01        EUR
uni          2026-10  biology     memory    0.00028     0.000   0.00028  GiB-hours   0.00000049  EUR
uni          2026-10  biology     total                                              0.01        EUR

uni          2026-10  physics     cpu       1.000       0.000   1.000    core-hours  0.01        EUR
uni          2026-10  physics     memory    0.00028     0.000   0.00028  GiB-hours   0.00000049  EUR
uni          2026-10  physics     total                                              0.01        EUR
-----------  -------  ----------  --------  -------  --------  --------  ----------  ----------  --------
total                             cpu       3.000       0.000   3.000    core-hours  0.04        EUR
total                             memory    0.001       0.000   0.001    GiB-hours   0.0000015   EUR
total                             total                                              0.04        EUR
"""
    exact = loaded.ok("report", "departments", "--month=2026-10", "--exact").splitlines()
    assert exact[-3:] == [
        "total                             cpu       10800.000003         0  10800.000003  "
        "core-seconds  0.039000000  EUR",
        "total                             memory     3072                0   3072         "
        "MiB-seconds   0.000001458  EUR",
        "total                             total                                           "
        "              0.039001458  EUR"]
    text = loaded.ok("report", "departments", "--month", "2026-10", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 6
    assert list(rows[0]) == ["institution", "month", "department", "resource", "used",
                             "reserved", "billable", "unit", "amount", "currency"]
    assert rows[2]["used"] == "3600.000001"
    parsed = json.loads(loaded.ok("report", "departments", "--month=2026-10", "--format=json"),
                        parse_float=str)
    assert [{key: str(value) for key, value in row.items()} for row in parsed] == rows


def test_names_that_a_user_chose(loaded):
    name = '=cmd|"/c calc"!A1\x1b[2J\u202e'
    loaded.sql("UPDATE usage.workload SET username = "
               "E'=cmd|\"/c calc\"!A1\\x1b[2J\\u202e' WHERE username = 'eve'")
    loaded.ok("rate")
    table = loaded.ok("report", "users", "--month=2026-10")
    assert '=cmd|"/c calc"!A1\\u001b[2J\\u202e ' in table
    assert "\x1b" not in table
    for arguments, expected in (((), "'" + r'=cmd|"/c calc"!A1\u001b[2J\u202e'), (("--raw",), name)):
        text = loaded.ok("report", "users", "--month=2026-10", "--format=csv", *arguments)
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row["person"] == ""]
        assert [row["username"] for row in rows] == [expected] * 2
    rows = json.loads(loaded.ok("report", "users", "--month=2026-10", "--format=json"))
    assert name in [row["username"] for row in rows]


def test_users(loaded):
    loaded.ok("rate")
    rows = json.loads(loaded.ok("report", "users", "--month", "2026-10", "--format", "json",
                                user="hm_finance"))
    assert [(row["person"], row["username"], row["department"]) for row in rows] == (
        [("p1", "ada", "physics")] * 2 + [("p2", "zoë", "biology")] * 2
        + [(None, "eve", "(suspense)")] * 2)


def test_nodes(loaded):
    lines = loaded.ok("report", "nodes", "--month", "2026-10", user="hm_finance").splitlines()
    assert lines[-1] == "reconciliation: node total = people + system on 1 of 1 node, difference 0"
    assert lines[-2] == ""
    loaded.sql("UPDATE usage.node_slot SET cpu_system_usec = 5")
    lines = loaded.ok("report", "nodes", "--month", "2026-10", "--institution", "uni").splitlines()
    assert lines[-1] == ("reconciliation: node total = people + system on 0 of 1 node, "
                         "difference 0.000002 core-seconds (hub-a/node1)")


def test_nothing(loaded):
    loaded.ok("rate")
    for arguments in (("--month", "2026-09"), ("--month", "2026-10", "--institution", "other")):
        done = loaded.run("report", "departments", *arguments)
        assert done.returncode == 0
        assert "nothing found" in done.stderr
    assert loaded.ok("report", "users", "--month=2026-09", "--format=json") == "[]\n"


@pytest.mark.parametrize("arguments", [
    "report departments", "report departments --month 2026-13", "report", "report dogs", "frob", "",
    "import people", "rate now", "rate --format xml",
])
def test_usage_errors(loaded, arguments):
    assert "--help" in loaded.refused(*arguments.split(), status=2)

"""hubmeter rate and report: exact figures, as text, CSV and JSON."""
import concurrent.futures
import csv
import io
import itertools
import json
import re

import pytest

from university import RATED

SILENT = "missing: coverage 0.0 %: 1 of 1 node silent: hub-a/node1 since 2026-10-05T10:15Z\n"


def pure(hubmeter, *arguments, **options):
    """What a program reads of a report; what is missing stands on standard error."""
    done = hubmeter.run("report", *arguments, **options)
    assert (done.returncode, done.stderr) == (0, SILENT)
    return done.stdout


def test_rate(loaded):
    assert loaded.ok("rate", user="hm_rater") == RATED
    assert loaded.ok("rate") == "rated 0 hub-days\n"
    loaded.sql("INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-05' FROM usage.hub")
    assert loaded.ok("rate") == (
        "rated 1 hub-day: lines 0 added, 0 changed, 0 removed, 6 unchanged\n")
    assert loaded.sql("SELECT n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
                      " WHERE relname = 'line_2026_10'") == "0"


def test_an_import_says_what_it_is_about_to_change(loaded):
    loaded.ok("rate")
    name = loaded.write("more.csv", "institution,resource,class,rate,valid_from,valid_to\n"
                        "uni,cpu,,0.026,2026-01-01,\n")
    effect = ("  uni 2026-10: 1 hub-day, +0.039 EUR\n"
              "    (suspense) +0.013 EUR\n    biology +0.013 EUR\n    physics +0.012999999 EUR\n")
    assert re.sub(r"0\.01\d+", "0.013", loaded.ok("import", "prices", "--dry-run", name)) == re.sub(
        r"0\.01\d+", "0.013", "more.csv: 1 row, 1 would change, nothing was imported\n" + effect)
    assert loaded.ok("rate") == "rated 0 hub-days\n"
    assert loaded.ok("import", "prices", name).startswith("more.csv: 1 row, 1 changed\n  uni 2026-10: ")
    assert loaded.sql("SELECT sum(amount) FROM charge.line") == "0.039001458", "not before it is rated"
    assert loaded.ok("rate").startswith("rated 1 hub-day: lines 3 added, 0 changed, 3 removed, 3 ")
    assert loaded.sql("SELECT r.reason, r.detail, r.started_by, t.after - t.before FROM charge.run r"
                      " JOIN charge.run_total t USING (run_id) WHERE r.reason = 'import'") == (
        "import|prices more.csv|postgres|0.039000000")
    runs = loaded.sql("SELECT count(*) FROM charge.run")
    assert loaded.ok("import", "prices", name) == "more.csv: 1 row, 0 changed\n"
    assert loaded.sql("SELECT count(*) FROM charge.run") == runs, "nothing changed, so there is no run"


def test_rate_at_once(loaded):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = [pool.submit(loaded.ok, "rate") for _ in range(3)]
    assert sorted(run.result() for run in runs) == [
        "rated 0 hub-days\n", "rated 0 hub-days\n", RATED]
    assert loaded.sql("SELECT count(*) FROM charge.line") == "6"


def test_a_day_that_overflows_is_named_and_skipped(loaded):
    loaded.ok("rate")
    loaded.sql("""INSERT INTO usage.slot SELECT slot_start + interval '1 day', workload_id, class_id,
                      9000000000000000000, 0, 9000000000000000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                      hub_id
                  FROM usage.slot;
                  INSERT INTO ingest.dirty_day (hub_id, day)
                  SELECT hub_id, d::date FROM usage.hub, unnest(ARRAY['2026-10-06', '2026-10-05']) d""")
    loaded.sql("UPDATE price.book SET rate = 999999")
    done = loaded.run("rate")
    assert (done.returncode, done.stdout) == (
        1, "rated 1 hub-day: lines 0 added, 6 changed, 0 removed, 0 unchanged\n"
        "uni 2026-10: +3000830.294331876 EUR\n")
    assert done.stderr.startswith('hubmeter: cannot rate hub "hub-a" on 2026-10-06: ')
    assert done.stderr.endswith("hubmeter: 1 hub-day could not be rated\n")
    assert loaded.sql("SELECT day, failure IS NOT NULL FROM report.pending_rating") == "2026-10-06|t"
    loaded.sql("DELETE FROM usage.slot WHERE slot_start >= '2026-10-06Z'")
    assert loaded.ok("rate") == (
        "rated 1 hub-day: lines 0 added, 0 changed, 0 removed, 0 unchanged\n")
    assert loaded.sql("SELECT count(*) FROM charge.failed_day") == "0"


def test_a_day_without_usage_keeps_its_charges(loaded):
    loaded.ok("rate")
    before = loaded.sql("SELECT sum(amount), count(*) FROM charge.line")
    loaded.sql("DROP TABLE usage.slot_2026_10; INSERT INTO ingest.dirty_day (hub_id, day)"
               " SELECT hub_id, '2026-10-05' FROM usage.hub")
    done = loaded.run("rate")
    assert (done.returncode, done.stdout) == (1, "rated 0 hub-days\n")
    assert "the day has charges, but its usage is gone" in done.stderr
    assert loaded.sql("SELECT sum(amount), count(*) FROM charge.line") == before


def test_nobody_else_can_hold_up_rating(loaded):
    with loaded.session("SELECT pg_advisory_lock(hashtext(l)) FROM unnest(ARRAY['hubmeter.rate', 'hubmeter.import', "
                        "'charge.ensure_month', 'usage.ensure_month']) l", user="hm_finance") as other:
        assert loaded.ok("rate") == RATED
        assert other.poll() is None


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

""" + SILENT
    exact = loaded.ok("report", "departments", "--month=2026-10", "--exact").splitlines()
    assert exact[-5:-2] == [
        "total                             cpu       10800.000003         0  10800.000003  "
        "core-seconds  0.039000000  EUR",
        "total                             memory     3072                0   3072         "
        "MiB-seconds   0.000001458  EUR",
        "total                             total                                           "
        "              0.039001458  EUR"]
    text = pure(loaded, "departments", "--month", "2026-10", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 6
    assert list(rows[0]) == ["institution", "month", "department", "resource", "used",
                             "reserved", "billable", "unit", "amount", "currency"]
    assert rows[2]["used"] == "3600.000001"
    parsed = json.loads(pure(loaded, "departments", "--month=2026-10", "--format=json"),
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
        text = pure(loaded, "users", "--month=2026-10", "--format=csv", *arguments)
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row["person"] == ""]
        assert [row["username"] for row in rows] == [expected] * 2
    rows = json.loads(pure(loaded, "users", "--month=2026-10", "--format=json"))
    assert name in [row["username"] for row in rows]


def test_users(loaded):
    loaded.ok("rate")
    rows = json.loads(pure(loaded, "users", "--month", "2026-10", "--format", "json",
                           user="hm_finance"))
    assert [(row["person"], row["username"], row["department"]) for row in rows] == (
        [("p1", "ada", "physics")] * 2 + [("p2", "zoë", "biology")] * 2
        + [(None, "eve", "(suspense)")] * 2)


def test_nodes(loaded):
    lines = loaded.ok("report", "nodes", "--month", "2026-10", user="hm_finance").splitlines()
    assert lines[-6:] == [
        "", "reconciliation: node total = people + system on 1 of 1 node, difference 0",
        "measured by the kernel: on no node",
        "", "missing: 1 hub-day waits for rating (run 'hubmeter rate')", SILENT.strip()]
    loaded.sql("UPDATE usage.node_slot SET cpu_system_usec = 5")
    lines = loaded.ok("report", "nodes", "--month", "2026-10", "--institution", "uni",
                      user="hm_finance").splitlines()
    assert lines[-5] == ("reconciliation: node total = people + system on 0 of 1 node, "
                         "difference 0.000002 core-seconds (hub-a/node1)")


def test_what_kernels_measured(loaded):
    loaded.ok("rate")
    row = json.loads(pure(loaded, "nodes", "--month=2026-10", "--format=json", user="hm_finance"))[0]
    assert (row["resource"], row["measured"], row["discrepancy"], row["steal"]) == ("cpu", None, None, None)
    loaded.sql("UPDATE usage.node_slot SET cpu_measured_usec = 10700000010, cpu_steal_usec = 36000000,"
               " memory_measured_mib_sec = 4000, measured_flags = 64")
    text = pure(loaded, "nodes", "--month=2026-10", "--format=csv", user="hm_finance")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["resource"], row["total"], row["measured"], row["discrepancy"], row["steal"]) for row in rows] == [
        ("cpu", "10800.00001", "10700.00001", "-100", "36"), ("gpu", "0", "", "", ""),
        ("memory", "3079", "4000", "921", "")]
    lines = loaded.ok("report", "nodes", "--month", "2026-10", user="hm_finance").splitlines()
    assert lines[-4:-2] == [
        "measured by the kernel: 10700.000 core-seconds on 1 of 1 node, discrepancy -100.000 (-0.93 %)",
        "a counter of the kernel started over on hub-a/node1"]
    [cpu, total] = [line.split() for line in lines if " cpu " in line]
    assert cpu[-9:] == ["3.000", "3.000", "0.0000000019", "0.000", "2.972", "-0.028", "0.010", "core-hours", "0.250"]
    assert total[-9:] == cpu[-9:]
    gpu = [line.split()[-6:] for line in lines if " gpu " in line]
    assert gpu == [["0.000", "0.000", "0.000", "0.000", "GPU-hours", "0.250"]] * 2, "what nobody measured is not 0"


def empty(hubmeter, *arguments):
    """Why a report is empty."""
    done = hubmeter.run("report", *arguments, user="hm_finance")
    assert (done.returncode, done.stdout) == (0, "")
    return done.stderr


def test_why_there_is_nothing(loaded):
    october = ("departments", "--month=2026-10")
    assert empty(loaded, *october) == (
        "hubmeter: nothing to report for 2026-10: nothing is rated yet (run 'hubmeter rate')\n")
    loaded.ok("rate")
    assert empty(loaded, "users", "--month=2026-09") == (
        "hubmeter: nothing to report for 2026-09: nothing was metered (see 'hubmeter doctor')\n")
    loaded.ok("import", "org", "-",
              text="institution,time_zone,currency,unit,parent,name,hub\ncollege,UTC,EUR,,,College,\n")
    assert empty(loaded, *october, "--institution=college") == (
        "hubmeter: nothing to report for 2026-10 and institution college: nobody used anything\n")
    assert loaded.refused("report", *october, "--institution=other") == (
        'hubmeter: cannot report: no institution "other", known are: college, uni\n')
    done = loaded.run("report", "users", "--month=2026-09", "--format=json")
    assert (done.returncode, done.stdout) == (0, "[]\n")


def test_no_institution_at_all(hubmeter):
    assert hubmeter.refused("report", "users", "--institution=uni") == (
        "hubmeter: cannot report: no institution \"uni\": there is none yet, 'hubmeter import org' "
        "makes them\n")


@pytest.mark.parametrize("back, arguments", [(0, ()), (1, ("--month=last",)),
                                             (0, ("--month=current", "--institution=uni"))])
def test_calendar_month(loaded, back, arguments):
    month = loaded.sql("SELECT to_char(current_month - make_interval(months => %d), 'YYYY-MM')"
                       " FROM report.institution WHERE institution = 'uni'" % back)
    loaded.sql(f"SELECT usage.ensure_month('{month}-05');"
               f"UPDATE usage.slot SET slot_start = '{month}-05 10:00Z';"
               f"UPDATE ingest.dirty_day SET day = '{month}-05'")
    loaded.ok("rate")
    text = loaded.run("report", "departments", "--format=csv", *arguments, user="hm_finance").stdout
    assert [row["month"] for row in csv.DictReader(io.StringIO(text))] == [month] * 6


def test_prices_are_missing(loaded):
    loaded.sql("ALTER TABLE price.book DISABLE TRIGGER ALL; DELETE FROM price.book")
    loaded.ok("rate")
    table = loaded.ok("report", "departments", "--month=2026-10", user="hm_finance")
    assert ("\n\nmissing: 0.001 GiB-hours and 3.000 core-hours without a price "
            "('hubmeter import prices', then 'hubmeter rate')\n" + SILENT) in table


@pytest.mark.parametrize("arguments", [
    "report departments --month next", "report departments --month 2026-13", "report", "report dogs", "frob", "",
    "import people", "rate now", "rate --format xml",
])
def test_usage_errors(loaded, arguments):
    assert "--help" in loaded.refused(*arguments.split(), status=2)


def test_finance_may_run_every_report(loaded):
    loaded.ok("rate")
    for kind, form, institution in itertools.product(
            ("departments", "users", "nodes"), ("table", "csv", "json"), ("", "uni")):
        done = loaded.run("report", kind, "--month", "2026-10", "--format", form,
                          f"--institution={institution}", user="hm_finance")
        assert done.returncode == 0 and "2026-10" in done.stdout, (kind, form, done.stderr)
        assert "permission" not in done.stderr


def test_fees(loaded):
    """A fee for active users and a membership, beside usage; rated once, and again only when users change."""
    loaded.ok("import", "fees", "-", text="institution,fee,kind,name,unit,annual_fee,hubs,tiers,first_month,"
              "last_month\nuni,mau,active users,Users,physics,,hub-a,0:10 2:5,2026-10,2026-10\n"
              "uni,plan,membership,Essential,biology,1200,,,2026-10,2026-10\n")
    assert loaded.ok("rate") == RATED + (
        "charged fees of months: lines 2 added, 0 changed, 0 removed, 0 unchanged\nuni 2026-10: +125 EUR\n")
    assert loaded.ok("rate") == "rated 0 hub-days\n"
    assert loaded.sql("SELECT department, fee, users, amount FROM report.fee_cost ORDER BY fee") == (
        "physics|mau|3|25.000000000\nbiology|plan|0|100.000000000")
    loaded.ok("import", "service-accounts", "-", text="hub,username\nhub-a,eve\n")
    assert "charged fees of month: lines 0 added, 1 changed" in loaded.ok("rate")
    assert loaded.sql("SELECT amount FROM report.fee_cost WHERE fee = 'mau'") == "20.000000000"


def months_of(hubmeter, *arguments):
    """The months that a report of departments has rows of."""
    text = hubmeter.run("report", "departments", "--format=csv", *arguments, user="hm_finance").stdout
    return [row["month"] for row in csv.DictReader(io.StringIO(text)) if row["resource"] == "cpu"]


def test_several_months(loaded):
    """Also those of a fiscal year, which begins in July."""
    loaded.sql("""SELECT usage.ensure_month('2026-06-05Z'), usage.ensure_month('2026-07-05Z');
                  INSERT INTO usage.slot
                  SELECT d, workload_id, class_id, 3600000000, 0, 3600000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 900000, 0,
                         hub_id
                  FROM usage.slot, unnest(ARRAY['2026-06-30 10:00Z'::timestamptz, '2026-07-01 10:00Z']) AS d
                  WHERE workload_id = (SELECT workload_id FROM usage.workload WHERE username = 'ada');
                  UPDATE org.institution SET fiscal_year_start = 7 WHERE code = 'uni';
                  INSERT INTO ingest.dirty_day (hub_id, day)
                  SELECT hub_id, d::date FROM usage.hub, unnest(ARRAY['2026-06-30', '2026-07-01']) AS d""")
    loaded.ok("rate")
    june, july, october = ["2026-06"], ["2026-07"], ["2026-10"] * 3
    assert months_of(loaded, "--from=2026-06", "--to=2026-10") == june + july + october
    assert months_of(loaded, "--from=2026-07", "--to=2026-07", "--unit=physics") == july
    assert loaded.run("report", "users", "--from=2026-09", "--to=2026-10", "--format=csv").stderr == SILENT
    assert loaded.run("report", "users", "--from=2026-10", "--to=2026-11", "--format=csv").stderr == SILENT
    assert months_of(loaded, "--fiscal-year=2026", "--institution=uni") == june
    assert months_of(loaded, "--fiscal-year=2027") == july + october
    done = loaded.run("report", "users", "--from=2026-01", "--to=2026-02", user="hm_finance")
    assert done.stderr == ("hubmeter: nothing to report for 2026-01 to 2026-02: nothing was metered "
                           "(see 'hubmeter doctor')\n")


@pytest.mark.parametrize("arguments", [
    "--from 2026-07", "--to 2026-07", "--from 2026-07 --to 2026-06", "--from 2026-07 --to 2026-13",
    "--from 2026-07 --to 2026-08 --month 2026-07", "--fiscal-year 26", "--fiscal-year 2026 --month last",
    "--fiscal-year 2026 --from 2026-07 --to 2026-08"])
def test_months_that_are_none(loaded, arguments):
    assert "--help" in loaded.refused("report", "users", *arguments.split(), status=2)


def test_reports_of_views(loaded):
    """Each shows its view: rounded for people, exact for programs."""
    def report(name, *arguments):
        return loaded.run("report", name, *arguments, user="hm_finance")

    october = "--month=2026-10"
    assert report("pending", october).stdout == (
        "institution  month    hub    day         failure  failed_at\n"
        "-----------  -------  -----  ----------  -------  ---------\n"
        "uni          2026-10  hub-a  2026-10-05\n")
    loaded.ok("import", "fees", "-", text="institution,fee,kind,name,unit,annual_fee,hubs,tiers,first_month,"
              "last_month\nuni,mau,active users,Users,physics,,hub-a,0:10 2:5,2026-10,2026-10\n")
    loaded.sql("ALTER TABLE price.book DISABLE TRIGGER ALL; DELETE FROM price.book WHERE resource = 'memory'")
    loaded.ok("rate")
    done = report("pending", october)
    assert (done.stdout, done.stderr) == ("", "hubmeter: nothing waits for rating for 2026-10\n")
    fees = report("fees", october).stdout
    assert fees == (
        "institution  month    department  fee  kind          users  amount  currency\n"
        "-----------  -------  ----------  ---  ------------  -----  ------  --------\n"
        "uni          2026-10  physics     mau  active users      3   25.00  EUR\n\n"
        "missing: 0.001 GiB-hours without a price ('hubmeter import prices', then 'hubmeter rate')\n" + SILENT)
    rows = json.loads(report("fees", "--from=2026-09", "--to=2026-10", "--format=json", "--unit=physics").stdout,
                      parse_float=str)
    assert [row["amount"] for row in rows] == ["25.000000000"]
    assert report("fees", october, "--unit=biology").stdout == ""
    unpriced = report("unpriced", october).stdout.splitlines()
    assert unpriced[2].split()[3:6] == ["memory", "0.001", "GiB-hours"]
    assert report("unpriced", october, "--exact").stdout.splitlines()[2].split()[3:6] == [
        "memory", "3072", "MiB-seconds"]
    rows = list(csv.DictReader(io.StringIO(report("unknown-users", october, "--format=csv").stdout)))
    assert [(row["username"], row["amount"], row["first_slot"]) for row in rows] == [
        ("eve", "0.013000000", "2026-10-05T10:00Z")]
    rows = json.loads(report("rating", october, "--format=json").stdout)
    assert {(row["hub"], row["day"], row["difference"], row["is_pending"]) for row in rows} == {
        ("hub-a", "2026-10-05", 0, "no")}
    lines = report("coverage", october, "--institution=uni").stdout.splitlines()
    assert re.split("  +", lines[0])[4:6] == ["observed h", "expected h"]
    assert lines[2].split()[:4] == ["uni", "2026-10", "hub-a", "node1"]


@pytest.mark.parametrize("arguments", ["coverage --unit physics", "rating --institution uni", "fees --person p1"])
def test_what_a_report_has_no_column_for(loaded, arguments):
    assert "can't be limited by --" in loaded.refused("report", *arguments.split(), status=2)


def test_reports_of_what_was_charged(loaded):
    """What is idle, what the market takes, who was counted: rounded for people, exact for programs."""
    def rows(name, *arguments):
        done = loaded.run("report", name, "--format=json", *arguments, user="hm_finance")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout, parse_float=str, parse_int=str)

    october = "--month=2026-10"
    loaded.ok("import", "fees", "-", text="institution,fee,kind,name,unit,annual_fee,hubs,tiers,first_month,"
              "last_month\nuni,mau,active users,Users,physics,,hub-a,0:10 2:5,2026-10,2026-10\n")
    loaded.ok("rate")
    table = loaded.ok("report", "idle", october, "--unit=physics", user="hm_finance").splitlines()
    assert table[2].split()[2:10] == ["physics", "cpu", "0.000", "1.000", "1.000", "0.000", "core-hours", "0.01"]
    market = {row["resource"]: row for row in rows("market", october, "--unit=physics")}
    assert market["cpu"]["market_amount"] == "0.040000000" and market["memory"]["market_amount"] is None
    assert [(row["department"], row["active_people"]) for row in rows("economics", october)] == [
        ("(suspense)", "1"), ("biology", "1"), ("physics", "1")]
    assert [row["username"] for row in rows("active-users", october)] == ["ada", "eve", "zoë"]
    assert [row["username"] for row in rows("active-users", october, "--person=p1")] == ["ada"]
    assert [(row["reason"], row["people"]) for row in rows("suspense-age", "--institution=uni")] == [("no alias", "1")]
    assert [row["username"] for row in rows("course-students", october)] == []
    assert [(row["department"], row["usage_amount"]) for row in rows("department-months", october, "--unit=biology")] \
        == [(row["department"], row["usage_amount"]) for row in rows("tree", october, "--unit=biology")][:1]
    assert {row["tree"] for row in rows("tree", october)} == {"as it was", "as it is"}
    assert {row["institution"] for row in rows("sizing", october)} <= {"uni"}
    assert {row["day"] for row in rows("completeness", october)} <= {f"2026-10-{d:02}" for d in range(1, 32)}


@pytest.mark.parametrize("name, empty", [
    ("groups", "nothing was used for a group for 2026-09"),
    ("courses", "nothing was used for a course in the weeks for 2026-09"),
    ("adjustments", "nothing was booked later than in its month for 2026-09"),
    ("reconciliation", "no bill was imported for 2026-09"),
    ("department-months", "nothing was charged for 2026-09"), ("tree", "nothing was charged for 2026-09"),
    ("course-students", "nothing was used for a course in the weeks for 2026-09"),
    ("sizing", "no server requested anything for 2026-09"),
    ("suspense-age", "nothing is in suspense"), ("forecast", "there is no fund")])
def test_why_a_view_is_empty(hubmeter, name, empty):
    hubmeter.ok("import", "org", "-",
                text="institution,time_zone,currency,unit,parent,name,hub\ncollege,UTC,EUR,,,College,\n")
    month = [] if name in ("suspense-age", "forecast") else ["--month=2026-09"]
    done = hubmeter.run("report", name, *month, user="hm_finance")
    assert (done.returncode, done.stdout, done.stderr.splitlines()[0]) == (0, "", f"hubmeter: {empty}")

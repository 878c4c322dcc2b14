"""hubmeter close, journal and ledger: a month from its review to the ledger system, and the proof afterwards."""
import csv
import hashlib
import io
import json
import subprocess

import pytest

from university import fill_university
from wait import wait_for

FUNDS = """institution,fund,name,kind,chart_string
uni,DEPT,Physics operating,operating,10000-PH100
uni,BIO,Biology operating,operating,10000-BI100
"""
GRAMMAR = """institution,position,segment,pattern,separator,optional
uni,1,fund,[0-9]{5},,no
uni,2,org,[A-Z]{2}[0-9]{3},-,no
"""
PLANS = """institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver
uni,physics,2026-01-01,1,1,DEPT,1000000,operating,ada,bob
uni,biology,2026-01-01,1,1,BIO,1000000,operating,ada,bob
"""
ASSIGNMENTS = "institution,plan,scope,code\nuni,physics,unit,physics\nuni,biology,unit,biology\n"
CLOSING = """institution,review_days,recovery,due_from,due_to,suspense
uni,10,11900-IT100,11910-IT100,11920-IT100,11990-IT100
"""
OCTOBER = ["--institution", "uni", "--month", "2026-10"]
SETTLE = ["--institution", "uni", "--valid-from", "2026-01-01", "--reason", "a guest of physics"]


def fill_month(loaded):
    for kind, text in (("chart-segments", GRAMMAR), ("funds", FUNDS), ("plans", PLANS), ("assignments", ASSIGNMENTS),
                       ("closing", CLOSING)):
        loaded.ok("import", kind, loaded.write(kind + ".csv", text))
    # A hundred times as much, so that there are cents.
    loaded.sql("UPDATE price.book SET rate = rate * 100; DELETE FROM ingest.gap")
    loaded.ok("rate")


@pytest.fixture
def month(copy_of):
    """October, rated and funded, and the logins of who may close it; roles belong to the whole server."""
    made = copy_of(fill_month, fill_university)
    made.sql("CREATE ROLE pia LOGIN IN ROLE hm_controller; CREATE ROLE cora LOGIN IN ROLE hm_controller")
    yield made
    made.sql("DROP ROLE pia, cora")


def rows(hubmeter, *arguments, status=0, user="cora"):
    done = hubmeter.run(*arguments, "--format=json", user=user)
    assert (done.returncode, done.stderr) == (status, ""), done.stdout
    return json.loads(done.stdout, parse_float=str)


def missing(hubmeter, status=1):
    return {(row["item"], row["subject"]): row["state"]
            for row in rows(hubmeter, "close", "check", *OCTOBER, status=status)}


def close(hubmeter):
    hubmeter.ok("suspense", "assign", "hub-a", "eve", "--unit", "physics", *SETTLE)
    hubmeter.ok("rate")
    hubmeter.ok("close", "waive", "coverage", *OCTOBER, "--reason", "one slot was all there was", user="pia")
    begun = hubmeter.ok("close", "begin", *OCTOBER, user="pia")
    assert begun.startswith("2026-10 of uni is under review until ")
    hubmeter.ok("close", "waive", "review", *OCTOBER, "--reason", "nobody objects", user="cora")
    return hubmeter.ok("close", "finish", *OCTOBER, user="cora")


def test_from_review_to_journal(month):
    assert missing(month) == {("coverage", "hub-a node1"): "may be waived", ("suspense", "hub-a eve"): "may be waived"}
    assert "not ready: coverage hub-a node1: observed 0 of" in month.refused("close", "begin", *OCTOBER, user="pia")
    assert close(month) == "2026-10 of uni is closed\njournal UNI2026100001: 3 lines, 3.90 EUR\n"
    assert rows(month, "close", "check", *OCTOBER)[0]["settle"].startswith("waived by ")
    assert month.ok("ledger", "balance", "--format=csv", user="hm_finance") == (
        "institution,month,account,subject,chart_string,debit,credit,balance,currency\n"
        "uni,2026-10,fund,BIO,10000-BI100,1.300048611,0,1.300048611,EUR\n"
        "uni,2026-10,fund,DEPT,10000-PH100,2.600097222,0,2.600097222,EUR\n"
        "uni,2026-10,recovery,,11900-IT100,0,3.900145833,-3.900145833,EUR\n")

    done = month.ok("journal", "export", "UNI2026100001", "--institution", "uni", user="cora")
    assert done == "./UNI2026100001.csv: 3 lines, 3.90 EUR\n"
    data = (month.files / "UNI2026100001.csv").read_bytes()
    lines = list(csv.DictReader(io.StringIO(data.decode())))
    assert [(line["fund"], line["org"], line["dr_cr"], line["amount"], line["cost_centre"], line["usage_period"])
            for line in lines] == [("10000", "BI100", "D", "1.30", "biology", "2026-10"),
                                   ("10000", "PH100", "D", "2.60", "physics", "2026-10"),
                                   ("11900", "IT100", "C", "3.90", "", "")]
    (manifest,) = csv.DictReader(io.StringIO((month.files / "UNI2026100001.manifest").read_text()))
    assert manifest["sha256"] == hashlib.sha256(data).hexdigest()
    assert (manifest["preparer"], manifest["approver"], manifest["debit_total"]) == ("pia", "cora", "3.90")
    assert len(manifest["closed_digest"]) == 64
    assert month.ok("journal", "export", "UNI2026100001", "--institution", "uni", user="hm_finance").endswith(
        ", as it was\n")
    assert (month.files / "UNI2026100001.csv").read_bytes() == data
    month.sql("UPDATE org.institution SET fiscal_year_start = 7 WHERE code = 'uni'; DELETE FROM fund.chart_segment")
    assert month.ok("journal", "export", "UNI2026100001", "--institution", "uni", user="cora").endswith(
        ", as it was\n"), "whatever is called or counted otherwise by now"
    (month.files / "UNI2026100001.csv").write_bytes(data.replace(b"1.30", b"1.31"))
    assert "UNI2026100001.csv" in month.refused("journal", "export", "UNI2026100001", "--institution", "uni",
                                                user="cora")
    assert 'there is no journal "X" of uni' in month.refused("journal", "export", "X", "--institution", "uni",
                                                              user="cora")


def test_what_the_ledger_says(month):
    close(month)
    answer = month.write("answer.csv", "batch_id,line_no,status,reason\nUNI2026100001,2,rejected,PH100 is closed\n")
    assert month.ok("journal", "answer", answer, "--institution", "uni", user="cora") == (
        "journal UNI2026100001: 2 accepted, 1 rejected\n")
    assert rows(month, "journal", "list")[0]["state"] == "accepted in part"
    assert "was accepted already" in month.refused("journal", "answer", answer, "--institution", "uni", user="cora")
    balance = {row["account"]: row["balance"] for row in rows(month, "ledger", "balance", "--month", "2026-11")}
    assert balance == {"fund": "-2.6", "suspense": "2.6"}
    bad = month.write("bad.csv", "batch_id,line_no,status,reason\nUNI2026100001,9,refused,\n")
    assert "bad.csv:2: " in month.refused("journal", "answer", bad, "--institution", "uni", user="cora")


def test_late_usage_and_the_proof(month):
    close(month)
    before = month.sql("SELECT md5(string_agg(l::text, '' ORDER BY line_id)) FROM charge.line AS l "
                       "WHERE period = '2026-10-01'")
    month.sql("UPDATE usage.slot SET cpu_used_usec = cpu_used_usec * 2, cpu_billable_usec = cpu_billable_usec * 2;"
              "INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-05' FROM usage.hub")
    assert "lines 3 added, 0 changed, 0 removed, 0 unchanged\n" in month.ok("rate")
    assert month.sql("SELECT DISTINCT period FROM charge.line WHERE month <> period") == "2026-11-01"
    assert before == month.sql("SELECT md5(string_agg(l::text, '' ORDER BY line_id)) FROM charge.line AS l "
                               "WHERE period = '2026-10-01'")
    assert {row["finding"] for row in rows(month, "close", "verify")} == {"as it was"}
    month.sql("ALTER TABLE fund.leg_2026_10 DISABLE TRIGGER USER; "
              "UPDATE fund.leg_2026_10 SET unit_id = NULL WHERE period = '2026-10-01'")
    (found,) = rows(month, "close", "verify", "--institution", "uni", status=1)
    assert (found["kind"], found["day"], found["finding"]) == ("charges", "2026-10-05", "18 rows, but not the same")


def test_two_people_in_order(month):
    month.ok("close", "waive", "coverage", *OCTOBER, "--reason", "x", user="pia")
    month.ok("close", "waive", "suspense", *OCTOBER, "--reason", "x", user="pia")
    month.ok("close", "begin", *OCTOBER, user="pia")
    assert "is under review and stays as it is" in month.refused("close", "begin", *OCTOBER, user="pia")
    assert "pia prepared 2026-10 of uni: somebody else closes it" in month.refused("close", "finish", *OCTOBER,
                                                                                   user="pia")
    assert "not ready: review until " in month.refused("close", "finish", *OCTOBER, user="cora")
    assert "sign in as a member of hm_controller" in month.refused("close", "finish", *OCTOBER, user="hm_finance")
    assert "needs --reason" in month.refused("close", "reopen", *OCTOBER, user="pia", status=2)
    assert "is open again" in month.ok("close", "reopen", *OCTOBER, "--reason", "a bill is missing", user="pia")
    assert rows(month, "close", "list")[0]["state"] == "open"
    assert "is not under review" in month.refused("close", "finish", *OCTOBER, user="cora")
    assert "needs --institution" in month.refused("close", "begin", "--month", "2026-10", status=2)
    assert "not a month" in month.refused("close", "begin", "--institution", "uni", "--month", "last", status=2)
    assert "is not over" in month.refused("close", "begin", "--institution", "uni", "--month", "2199-01", user="pia")


def test_review(month):
    """A steward has another plan pay for a charge, and asks about one."""
    month.sql("CREATE ROLE ada LOGIN IN ROLE hm_steward")
    month.ok("import", "stewards", month.write("stewards.csv", "login,institution,unit\nada,uni,physics\n"))
    month.ok("close", "waive", "coverage", *OCTOBER, "--reason", "x", user="pia")
    month.ok("close", "waive", "suspense", *OCTOBER, "--reason", "x", user="pia")
    month.ok("close", "begin", *OCTOBER, user="pia")
    assert [(row["unit"], row["fund"], row["amount"]) for row in rows(month, "close", "review", *OCTOBER)] == [
        ("(suspense)", "(in suspense)", "1.300048611"), ("biology", "BIO", "1.300048611"),
        ("physics", "DEPT", "1.300048611")]
    lines = rows(month, "close", "review", *OCTOBER, "--unit", "physics", user="ada")
    assert {row["unit"] for row in rows(month, "close", "review", *OCTOBER, user="ada")} == {"physics"}
    line = str(lines[0]["line"])
    assert "no plan \"biology\" of uni that ada may charge" in month.refused(
        "close", "repoint", line, "biology", "--reason", "x", user="ada")
    assert month.ok("close", "question", line, "--reason", "was that us?", user="ada") == (
        "question 1 waits for an answer\n")
    assert ("question", line) in missing(month)
    assert "say --reason" in month.refused("close", "answer", "1", user="cora", status=2)
    assert month.ok("close", "answer", "1", "--reason", "yes", user="cora") == "question 1 is answered\n"
    assert month.ok("close", "repoint", line, "biology", "--reason", "shared work", user="cora").startswith(
        f"plan biology pays for line {line} with")
    assert "funded uni 2026-10: legs " in month.ok("rate")
    (moved,) = [row for row in rows(month, "close", "review", *OCTOBER, "--unit", "physics", user="ada")
                if str(row["line"]) == line]
    assert (moved["fund"], moved["plan"]) == ("BIO", "biology")
    month.sql("DROP ROLE ada")


def test_doctor_reminds_of_months_that_are_over(month):
    """Usage of October is old enough by the middle of December; here it was a year before."""
    def closing():
        done = month.run("doctor", "--kafka.bootstrap.servers=127.0.0.1:1", user="hm_rater")
        return [line for line in done.stdout.splitlines() if " closing " in line]
    assert "no month should be closed by now" in closing()[0] or "uni 2026-10" in closing()[0]
    month.sql("SET session_replication_role = replica; UPDATE fund.day_total SET period = '2025-10-01'")
    assert "WARN closing" in closing()[0] and "uni 2025-10: 'hubmeter close check'" in closing()[0]


def test_killed_while_closing(month):
    """Nothing is half closed: it is done again, and comes to the same."""
    month.ok("close", "waive", "coverage", *OCTOBER, "--reason", "x", user="pia")
    month.ok("close", "waive", "suspense", *OCTOBER, "--reason", "x", user="pia")
    month.ok("close", "begin", *OCTOBER, user="pia")
    month.ok("close", "waive", "review", *OCTOBER, "--reason", "x", user="cora")
    # It has posted the entries and waits for the digests' table when it is killed.
    with month.session("BEGIN", "LOCK TABLE ledger.digest IN ACCESS EXCLUSIVE MODE"):
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ledger.digest'::regclass"
        target = month.conninfo.replace("user=postgres", "user=cora")
        with subprocess.Popen([month.command[0], f"--postgres={target}", "close", "finish", *OCTOBER]) as closing:
            wait_for("it to wait", lambda: month.sql(waiting) == "1")
            closing.kill()
        month.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted "
                  "AND relation = 'ledger.digest'::regclass")
    assert month.sql("SELECT state FROM ledger.period") == "soft"
    assert month.sql("SELECT count(*) FROM ledger.entry") == "0"
    assert "is closed\njournal UNI2026100001" in month.ok("close", "finish", *OCTOBER, user="cora")
    assert {row["finding"] for row in rows(month, "close", "verify")} == {"as it was"}


@pytest.mark.parametrize("statement", [
    "SELECT charge.rate_day(hub_id, '2026-10-05', charge.begin_run('usage', '')) FROM usage.hub",
    "SET ROLE hm_owner; SELECT charge.begin_run('usage', ''); UPDATE charge.line SET amount = amount + 1"])
def test_who_saw_the_month_open_changes_nothing_once_it_is_not(month, statement):
    """A snapshot from before the month was reviewed is no way around it."""
    with month.session("BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM ledger.period") as psql:
        close(month)
        month.sql("UPDATE usage.slot SET cpu_used_usec = cpu_used_usec * 2, cpu_billable_usec = cpu_billable_usec * 2;"
                  "INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-05' FROM usage.hub")
        assert "could not serialize access" in psql.communicate(f"{statement};\nCOMMIT;\n")[0]
    assert {row["finding"] for row in rows(month, "close", "verify")} == {"as it was"}


def test_who_writes_meanwhile_is_waited_for(month):
    month.ok("close", "waive", "coverage", *OCTOBER, "--reason", "x", user="pia")
    month.ok("close", "waive", "suspense", *OCTOBER, "--reason", "x", user="pia")
    with month.session("BEGIN", "SET ROLE hm_owner", "SELECT charge.begin_run('correction', '')",
                       "UPDATE charge.line SET first_slot = first_slot") as psql:
        target = month.conninfo.replace("user=postgres", "user=pia")
        with subprocess.Popen([month.command[0], f"--postgres={target}", "close", "begin", *OCTOBER],
                              stdout=subprocess.DEVNULL) as closing:
            wait_for("it to wait", lambda: month.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0")
            psql.communicate("COMMIT;\n")
            assert closing.wait() == 0
    assert month.sql("SELECT state FROM ledger.period") == "soft"


def test_rating_and_closing_at_once(month):
    """Whoever rates while a month begins to close is before it or after it."""
    month.ok("close", "waive", "coverage", *OCTOBER, "--reason", "x", user="pia")
    month.ok("close", "waive", "suspense", *OCTOBER, "--reason", "x", user="pia")
    with month.session("BEGIN", "LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE") as rater:
        target = month.conninfo.replace("user=postgres", "user=pia")
        with subprocess.Popen([month.command[0], f"--postgres={target}", "close", "begin", *OCTOBER],
                              stderr=subprocess.PIPE, text=True) as closing:
            wait_for("it to wait", lambda: month.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0")
            rater.communicate("INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-05' FROM usage.hub; "
                              "COMMIT;\n")
            assert "not ready: not rated hub-a 2026-10-05: waits" in closing.communicate()[1]
    assert month.sql("SELECT count(*) FROM ledger.period") == "0"

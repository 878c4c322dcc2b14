"""hubmeter-dashboard on the demo federation: every page, to everybody what they may see."""
import csv
import decimal
import io
import signal
import socket
import subprocess
import urllib.parse

import pytest

from dashboard import HEADER, MONTH, READERS, Page, crawl, dashboard, join
from project import program
from wait import wait_for

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'&\u202e"


@pytest.fixture(scope="module", name="federation")
def federation_with_readers(demo_federation):
    demo_federation.ok("import", "readers", demo_federation.write("readers.csv", READERS))
    return demo_federation


@pytest.fixture(scope="module", name="pages")
def running(federation, tmp_path_factory):
    with dashboard(federation.conninfo, tmp_path_factory.mktemp("dashboard") / "log") as made:
        yield made


@pytest.fixture(scope="module", name="crawled")
def everything(pages):
    return crawl(pages, "provost")


def test_all_kinds_of_pages_are_reached(crawled):
    kinds = {urllib.parse.urlsplit(address).path for address in crawled}
    assert kinds == {"", "account", "federation", "department", "person", "charges", "line", "budgets", "funds",
                     "fund", "groups", "course", "idle", "bills", "bill-charges", "quality", "statement"}


def test_pages_are_well_written(crawled):
    for address, page in crawled.items():
        assert not page.faults, address
        assert page.headings == 1, address
        assert len(page.ids) == len(set(page.ids)), address


def test_every_csv_is_there(pages, crawled):
    asked = set()
    for address, page in crawled.items():
        for link in page.links:
            name = urllib.parse.urlsplit(link).path
            if not name.endswith(".csv") or name in asked:
                continue
            asked.add(name)
            status, headers, body = pages.ask(join(address, link), "provost")
            assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/csv"), name
            assert headers["Content-Disposition"].startswith("attachment"), name
            assert len(list(csv.reader(io.StringIO(body)))) > 1, name
    assert len(asked) > 25


def test_from_the_front_page_to_the_reason_of_one_line(pages):
    front = Page(pages.page(f"?institution=demo-north&month={MONTH}", "provost"))
    department = Page(pages.page(front.links_to("department")[0], "provost"))
    person = Page(pages.page(department.links_to("person")[0], "provost"))
    line = Page(pages.page(person.links_to("line")[0], "provost"))
    said = line.text()
    for step in ("What was used", "The row of the price book", "Who pays", "What the rule stands on", "Which money",
                 "When it was rated"):
        assert step in said


def total(federation, column, view, where, user="postgres"):
    return decimal.Decimal(federation.sql(f"SELECT coalesce(sum({column}), 0) FROM report.{view} WHERE {where}"))


def rows_of(pages, name, query, identity="provost"):
    status, _, body = pages.ask(f"{name}.csv?{query}", identity)
    assert status == 200, body
    return list(csv.DictReader(io.StringIO(body)))


@pytest.mark.parametrize("section, column, view, of_view", [
    ("departments", "cost", "department_month", "usage_amount + fee_amount"),
    ("departments", "of_bills", "department_month", "bill_amount"),
    ("institutions", "cost", "department_month", "usage_amount + fee_amount"),
    ("resources", "amount", "department_cost", "amount"),
    ("people", "amount", "user_cost", "amount"),
    ("charges", "amount", "charge_detail", "amount"),
    ("bill_charges", "amount", "bill_detail", "amount"),
    ("bill_departments", "amount", "bill_cost", "amount"),
    ("statement_usage", "amount", "charge_detail", "amount"),
    ("statement_totals", "total", "department_month", "usage_amount + fee_amount"),
    ("statement_funds", "amount", "fund_leg", "amount"),
    ("idle", "idle_amount", "idle_cost", "idle_amount"),
    ("groups", "amount", "group_cost", "CASE basis WHEN 'rate_card' THEN amount ELSE 0 END"),
])
def test_what_is_shown_adds_up_to_the_view(federation, pages, section, column, view, of_view):
    for institution in ("demo-north", "demo-south"):
        found = [row for row in rows_of(pages, section, f"institution={institution}&month={MONTH}")
                 if row.get("institution", institution) == institution]
        expected = total(federation, of_view, view, f"institution = '{institution}' AND month = '{MONTH}-01'")
        assert sum(decimal.Decimal(row[column]) for row in found) == expected


@pytest.mark.parametrize("path, section", [("quality", "laws"), ("idle", "sizing")])
def test_what_takes_long_waits_for_somebody_to_ask(pages, path, section):
    query = f"institution=demo-north&month={MONTH}"
    offered = Page(pages.page(f"{path}?{query}", "provost"))
    [link] = [link for link in offered.links if link.endswith("#" + section)]
    shown = Page(pages.page(join(path, link).partition("#")[0], "provost"))
    rows = rows_of(pages, section, query)
    assert rows and len(shown.rows) >= len(offered.rows) + len(rows)
    assert section in offered.ids and section in shown.ids
    assert link not in shown.links


def test_what_kernels_counted(federation, pages):
    query = f"institution=demo-north&month={MONTH}"
    assert rows_of(pages, "measured", query) == [], "demonstrations are not measured"
    federation.sql("UPDATE usage.node_slot SET cpu_measured_usec = cpu_used_usec / 2, cpu_steal_usec = 0,"
                   " memory_measured_mib_sec = 0, measured_flags = 64")
    rows = rows_of(pages, "measured", query)
    assert rows and {row["counter"] for row in rows} == {"started over"}
    for row in rows:
        people, system = decimal.Decimal(row["people_hours"]), decimal.Decimal(row["system_hours"])
        assert abs(decimal.Decimal(row["discrepancy_hours"]) + (people + system) / 2) < 1
        assert round(decimal.Decimal(row["percent"])) == -50


def test_the_total_of_a_table_is_that_of_the_view(federation, pages):
    page = Page(pages.page(f"?institution=demo-north&month={MONTH}", "provost"))
    expected = total(federation, "usage_amount + fee_amount", "department_month",
                     f"institution = 'demo-north' AND month = '{MONTH}-01'")
    shown = next(row for row in page.rows if row and row[0] == "Total" and len(row) > 5)
    assert shown[2].replace(",", "") == str(round(expected, 2))


def alerts_of(federation, tmp_path, count):
    """(status, body) of a CSV of so many rows; the page says that it shows a part."""
    federation.sql(f"""
        INSERT INTO budget.alert (institution_id, budget_id, percent, spent, amount, ended_at)
        SELECT b.institution_id, b.budget_id, 50, n, 100, now()
        FROM generate_series(1, {count}) AS n,
             (SELECT * FROM budget.budget JOIN org.institution USING (institution_id)
              WHERE code = 'demo-north' ORDER BY budget_id LIMIT 1) AS b""")
    with dashboard(federation.conninfo, tmp_path / "log") as made:
        assert "The first 500 rows" in made.page(f"budgets?institution=demo-north&month={MONTH}", "provost")
        status, _, body = made.ask("alerts.csv?institution=demo-north", "provost")
    federation.sql("DELETE FROM budget.alert WHERE percent = 50 AND amount = 100")
    return status, body


def test_a_csv_is_whole_or_there_is_none(federation, tmp_path):
    before = int(federation.sql("""SELECT count(*) FROM budget.alert JOIN org.institution USING (institution_id)
                                   WHERE code = 'demo-north'"""))
    status, body = alerts_of(federation, tmp_path, 100000 - before)
    assert status == 200 and len(body.splitlines()) == 100001
    status, body = alerts_of(federation, tmp_path, 100001 - before)
    assert status == 413 and "too much at once" in body


def test_what_cost_leads_to_adds_up_to_it(pages):
    """Usage by the price book and fees: both stand on the page that the figure is a link to."""
    query = f"institution=demo-south&month={MONTH}"
    for row in rows_of(pages, "departments", query):
        of_unit = f"{query}&unit={urllib.parse.quote(row['department'])}"
        listed = rows_of(pages, "charges", of_unit) + rows_of(pages, "statement_fees", of_unit)
        assert sum(decimal.Decimal(line["amount"]) for line in listed if line["department"] == row["department"]) \
            == decimal.Decimal(row["cost"])
    page = Page(pages.page(f"charges?{query}", "provost"))
    assert "Fees" in page.text()
    assert "Fees" not in Page(pages.page(f"charges?{query}&resource=cpu", "provost")).text().replace("fees", "")


def test_titles_and_rows_say_what_they_are_of(pages):
    for address, title in ((f"department?unit=n01&month={MONTH}", f"Department n01, {MONTH}"),
                           (f"person?person=n0003&month={MONTH}", f"Person n0003, {MONTH}"),
                           (f"statement?unit=n02&month={MONTH}", f"Statement n02, {MONTH}")):
        body = pages.page(f"{address}&institution=demo-north", "provost")
        assert f"<title>{title} - hubmeter</title>" in body and '<th scope="row">' in body
    assert '<option value="nowhere" selected>' in pages.page("?institution=nowhere", "provost")


def test_no_page_takes_long_by_many_questions(federation, tmp_path):
    """Each is quick enough for itself."""
    function = federation.sql("SELECT pg_get_functiondef('report.units_below(text, date)'::regprocedure)")
    slow = function.replace(
        "WITH RECURSIVE below AS (",
        "WITH RECURSIVE wait AS MATERIALIZED (SELECT pg_sleep_for('1000 ms')), below AS (").replace(
        "WHERE u.code = top", "WHERE u.code = top AND (SELECT true FROM wait)")
    assert slow.count("wait") == 2
    federation.sql(slow)
    try:
        with dashboard(federation.conninfo, tmp_path / "log", "--statement-timeout=1600ms") as made:
            status, _, body = made.ask(f"department?unit=n01&institution=demo-north&month={MONTH}", "provost")
            assert status == 504 and "That takes too long" in body
            assert "all questions together" in made.words()
    finally:
        federation.sql(function)


def test_statements_reconcile(pages):
    for unit in ("", "n01", "n02", "n03"):
        for row in rows_of(pages, "statement_totals", f"institution=demo-north&month={MONTH}&unit={unit}"):
            assert decimal.Decimal(row["difference"]) == 0


def test_everybody_sees_what_is_theirs(pages):
    query = f"institution=demo-north&month={MONTH}"
    everybody = {row["department"] for row in rows_of(pages, "departments", query)}
    assert {"n01", "n02"} <= everybody
    dean = {row["department"] for row in rows_of(pages, "departments", query, "dean") if decimal.Decimal(row["cost"])}
    assert "n01" in dean and "n02" not in dean and "(suspense)" not in dean
    assert not rows_of(pages, "departments", query, "president")
    assert rows_of(pages, "departments", query.replace("north", "south"), "president")
    assert {row["person"] for row in rows_of(pages, "charges", query, "student")} == {"n0003"}
    assert {row["group_code"] for row in rows_of(pages, "charges", query, "pi")} <= {"n-lab1"}
    assert {row["fund"] for row in rows_of(pages, "funds", query, "holder")} == {"gift-n1"}
    assert not rows_of(pages, "reconciliation", query, "dean")


@pytest.mark.parametrize("identity", ["president", "dean", "pi", "holder", "student"])
def test_pages_are_whole_for_whoever_sees_less(pages, identity):
    for address, page in crawl(pages, identity, 1).items():
        assert not page.faults, address


def test_a_charge_of_others_is_no_charge(federation, pages):
    line = federation.sql("SELECT line_id FROM report.charge_detail WHERE institution = 'demo-south' LIMIT 1")
    assert pages.ask(f"line?line={line}", "provost")[0] == 200
    assert pages.ask(f"line?line={line}", "dean")[0] == 404
    assert pages.ask("line?line=999999999999", "provost")[0] == 404


def test_whoever_sees_only_themselves_begins_there(pages):
    front = Page(pages.page("", "student"))
    assert "My usage" in front.text() and "Bills" not in front.text()


def test_whoever_may_see_nothing_is_told(pages):
    status, _, body = pages.ask("", "stranger")
    assert status == 403 and "You may not see anything yet" in body and "proxy:stranger" in body


def test_nobody_gets_nothing(pages):
    for path in ("", "charges", "people.csv", "account", "no-such-page"):
        status, _, body = pages.ask(path)
        assert status == 403 and "demo" not in body


@pytest.mark.parametrize("path, status", [
    ("no-such-page", 404), ("people", 404), ("none.csv", 404), ("department", 404), ("fund", 404), ("course", 404),
    ("?month=2025-13", 400), ("?month=yesterday", 400), ("charges?day=2025-02-30", 400), ("line?line=x", 400),
    ("charges?day=2025-02-31'", 400), ("?institution=nowhere", 200), ("department?unit=nobody", 200),
    ("?unit=%27%3B%20DROP%20TABLE%20org.unit%3B%20--", 200)])
def test_addresses_that_make_no_sense(pages, path, status):
    found, headers, body = pages.ask(path, "provost")
    assert found == status, body
    assert headers["Content-Type"].startswith("text/html")
    assert not Page(body).faults


def test_names_are_never_markup(request, federation, tmp_path):
    """Of departments, groups, people, funds and hubs: as text, in every page and for spreadsheets."""
    quoted = HOSTILE.replace("'", "''")
    federation.sql(f"""
        UPDATE org.unit SET name = '{quoted}'; UPDATE org.user_group SET name = '{quoted}';
        UPDATE fund.fund SET name = '{quoted}'; UPDATE org.institution SET name = '{quoted}' WHERE code LIKE 'demo%'""")
    with dashboard(federation.conninfo, tmp_path / "log") as made:
        for address, page in crawl(made, "provost", 1).items():
            assert not page.faults, address
        body = made.page("", "provost")
    assert "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in body and "\u202e" not in body


def test_what_an_address_says_is_never_markup(pages):
    for name in ("institution", "unit", "person", "username", "hub", "group", "fund", "resource"):
        for page in ("", "charges", "department", "fund", "course"):
            value = urllib.parse.quote(HOSTILE)
            _, _, body = pages.ask(f"{page}?{name}={value}&month={MONTH}", "provost")
            assert "<script>alert" not in body and "<img" not in body
            assert not Page(body).faults


def test_answers_forbid_what_pages_do_not_need(pages):
    for path, identity in (("", "provost"), ("style.css", None), ("no-such-page", "provost"),
                           ("people.csv", "provost")):
        _, headers, _ = pages.ask(path, identity)
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert pages.ask("", "provost")[1]["Cache-Control"] == "no-store"


def test_pages_change_nothing(pages):
    assert pages.ask("", "provost", "POST")[0] == 405
    assert pages.ask("", "provost", "DELETE")[0] in (405, 501)


def test_it_is_well_while_the_database_answers(pages):
    assert pages.ask("healthz")[::2] == (200, "ok\n")


def test_connections_that_end_are_opened_anew(federation, pages):
    pages.page("", "provost")
    federation.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'hm_web'")
    for _ in range(8):
        pages.page("account", "provost")


def test_a_header_with_two_names_is_nobody(pages):
    assert pages.ask("", "provost,dean")[0] == 403
    assert pages.ask("", "")[0] == 403


def start(federation, *options, user="hm_web"):
    target = federation.conninfo.replace("user=postgres", f"user={user}")
    return subprocess.run([program("hubmeter-dashboard"), f"--postgres={target}", "--listen=127.0.0.1:0", *options],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60)


BY_PROXY = ("--sign-in=proxy", f"--proxy-header={HEADER}", "--proxy-from=127.0.0.1")


def test_it_reads_as_hm_web_only(federation):
    """As anybody else it would show to everybody what that role sees."""
    done = start(federation, *BY_PROXY, user="postgres")
    assert done.returncode == 1 and "sign in as hm_web" in done.stderr


@pytest.mark.parametrize("options, message", [
    ((), "say who says who is asking: hub, proxy or link"),
    (("--sign-in=magic",), "say who says who is asking"),
    (("--sign-in=proxy",), "say which header names the reader"),
    (("--sign-in=hub",), "say what usage calls the hub"),
    (("--sign-in=hub", "--hub-name=h"), "say where the service's API token is"),
    (("--sign-in=hub", "--hub-name=h", "--client-secret=abc"), "everybody can read an argument"),
    (("--sign-in=link",), "say where to keep the link"),
    ((*BY_PROXY, "--prefix=/a"), "must begin and end with a slash"),
    ((*BY_PROXY, "--prefix=/services/hubmeter/"), "JupyterHub"),
    ((*BY_PROXY, "--connections=0"), "must be from 1 to 50"),
    ((*BY_PROXY, "--session-time=1s"), "must be from 1m to 30d"),
    ((*BY_PROXY, "word"), 'unexpected word "word"'),
    ((*BY_PROXY, "--statement-timeout=1000d"), "must be from 100ms to 1h"),
    ((*BY_PROXY, "--proxy-header=X User"), "must be the name of a header that a proxy adds"),
    ((*BY_PROXY, "--proxy-header=cookie"), "must be the name of a header that a proxy adds"),
    ((*BY_PROXY, "--listen=localhost:8086"), 'cannot listen on "localhost:8086": not an address and a port'),
])
def test_options_that_make_no_sense(federation, options, message):
    done = start(federation, *options)
    assert done.returncode == 2 and message in done.stderr, done.stderr


def test_an_address_that_is_taken(federation, pages):
    done = start(federation, *BY_PROXY, f"--listen=127.0.0.1:{pages.port}")
    assert done.returncode == 1 and f'cannot listen on "127.0.0.1:{pages.port}": Address already in use' in done.stderr


def test_a_link_leads_to_this_machine(federation, tmp_path):
    for listen, host in (("0.0.0.0:0", "127.0.0.1"), ("127.0.0.1:0", "127.0.0.1"), ("[::]:0", "[::1]")):
        target = federation.conninfo.replace("user=postgres", "user=hm_web")
        with subprocess.Popen([program("hubmeter-dashboard"), f"--postgres={target}", f"--listen={listen}",
                               "--sign-in=link", f"--link-file={tmp_path / host}"], stderr=subprocess.DEVNULL) as run:
            wait_for("the link", (tmp_path / host).exists, 30)
            run.terminate()
        assert (tmp_path / host).read_text(encoding="ascii").startswith(f"http://{host}:")
        (tmp_path / host).unlink()


def test_printing_can_be_interrupted(federation):
    target = federation.conninfo.replace("user=postgres", "user=hm_web")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = f"{target} port={silent.getsockname()[1]}"
        with subprocess.Popen([program("hubmeter-dashboard"), f"--postgres={target}", "--print=account"]) as run:
            with silent.accept()[0]:  # it stays open, or the end of the connection may be noticed first
                run.send_signal(signal.SIGINT)
                assert run.wait(30) == -signal.SIGINT


def printed(federation, page, *options):
    target = federation.conninfo.replace("user=postgres", "user=hm_web")
    return subprocess.run([program("hubmeter-dashboard"), f"--postgres={target}", f"--print={page}", *options],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60)


def test_a_statement_by_itself(federation):
    done = printed(federation, f"statement?institution=demo-north&month={MONTH}&unit=n01", "--as=proxy:dean")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage by rate" in Page(done.stdout).text()
    assert "<link" not in done.stdout and "<script" not in done.stdout and "<style>" in done.stdout


@pytest.mark.parametrize("page, who, reason", [
    ("nowhere", "provost", "there is no such page"),
    ("statement?month=2025-13", "provost", "a value in its address makes no sense"),
    ("statement", "stranger", "whoever is asking may see nothing"),
    ("line?line=1&unit=%zz", "provost", "its address can't be read"),
])
def test_what_can_not_be_printed(federation, page, who, reason):
    done = printed(federation, page, f"--as=proxy:{who}")
    assert (done.returncode, done.stdout) == (1, "") and reason in done.stderr

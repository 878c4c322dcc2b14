"""hubmeter alerts: listed, and sent to a webhook until it has taken them, signed."""
import hashlib
import hmac
import http.server
import json
import queue
import signal
import threading

import pytest

ORG = """institution,time_zone,currency,unit,parent,name
tu,America/New_York,USD,,,Testville University
tu,,,sci,,Science
tu,,,lab,sci,Laser Lab
ou,UTC,EUR,,,Other University
ou,,,law,,Law
"""
BUDGETS = """institution,unit,fiscal_year,amount,delegated_by
tu,sci,2026,1000,provost
tu,lab,2026,100,dean
ou,law,2026,100,dean
"""
SECRET = "correct-horse-battery"
DEADLINE = 30


class Webhook(http.server.ThreadingHTTPServer):
    """Keeps what arrives, in order, as (alert, status); answers as it is told to, then 204. None: not at all."""

    def __init__(self, answers=()):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers)
        self.arrived = queue.Queue()
        self.url = f"http://127.0.0.1:{self.server_port}/hook?key=hidden"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def next(self):
        return self.arrived.get(timeout=DEADLINE)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert self.path == "/hook?key=hidden" and self.headers["Content-Type"] == "application/json"
        is_ours = hmac.compare_digest(self.headers["X-Hubmeter-Signature"], expected)
        status = (self.server.answers.pop(0) if self.server.answers else 204) if is_ours else 401
        self.server.arrived.put((json.loads(body), status))
        if status is None:
            self.close_connection = True  # taken, and the answer lost
            return
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


@pytest.fixture
def webhook():
    servers = []

    def start(*answers):
        servers.append(Webhook(answers))
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def fill_campus(hubmeter):
    for kind, text in {"org": ORG, "budgets": BUDGETS}.items():
        hubmeter.ok("import", kind, hubmeter.write(kind + ".csv", text))
    hubmeter.write("secret", SECRET + "\n")
    (hubmeter.files / "secret").chmod(0o600)


@pytest.fixture
def campus(copy_of):
    return copy_of(fill_campus)


def spend(hubmeter, unit, amount):
    """Charge it to the unit and do what the funding run does at its end."""
    hubmeter.sql(
        "INSERT INTO fund.day_total SELECT institution_id, '2026-03-04', '2026-03-01', '2026-03-01', NULL, "
        "unit_id, currency, "
        f"{amount} FROM org.unit u JOIN org.institution i USING (institution_id) WHERE u.code = '{unit}' ON CONFLICT "
        "(institution_id, day, month, period, plan_leg_id, unit_id, currency) "
        "DO UPDATE SET amount = fund.day_total.amount "
        "+ excluded.amount; SELECT budget.raise_alerts(institution_id) FROM org.institution")


def target(server):
    return ["--alert-webhook", server.url, "--alert-secret-file", "secret"]


def test_what_is_sent_is_signed_and_noted(campus, webhook):
    server = webhook()
    spend(campus, "lab", "81.000000001")
    assert campus.ok("alerts", "send", *target(server), user="hm_rater") == "sent 2 alerts\n"
    (first, _), (second, _) = server.next(), server.next()
    assert (first["percent"], second["percent"]) == (50, 80)
    raised = first.pop("raised_at")
    assert first == {"id": 1, "institution": "tu", "kind": "budget", "code": "lab", "fiscal_year": 2026, "percent": 50,
                     "amount": 100.0, "spent": 81.000000001, "currency": "USD"}
    assert campus.ok("alerts", "send", *target(server)) == "sent 0 alerts\n"
    listed = json.loads(campus.ok("alerts", "list", "--format", "json", user="hm_finance"))
    assert [(row["percent"], row["attempts"], row["http_status"], row["delivered_at"] is None, row["ended_at"])
            for row in listed] == [(50, 1, 204, False, None), (80, 1, 204, False, None)]
    assert listed[0]["raised_at"] == raised
    assert campus.ok("alerts", "list", "--institution", "tu", "--format", "csv").startswith(
        "id,institution,kind,code,fiscal_year,percent,amount,spent,currency,raised_at,ended_at,attempts,http_status,"
        "delivered_at\n1,tu,budget,lab,2026,50,100.00,81.000000001,USD,")
    assert campus.run("alerts", "list", "--institution", "ou").stderr == "hubmeter: there was no alert\n"


@pytest.mark.parametrize("answer, words", [
    (500, "the webhook answers HTTP 500"), (404, "the webhook answers HTTP 404"),
    (302, "the webhook answers HTTP 302, a redirect: say the URL it leads to"), (None, "Empty reply from server")])
def test_what_is_refused_or_lost_is_sent_again(campus, webhook, answer, words):
    server = webhook(answer)
    spend(campus, "lab", 55)
    done = campus.run("alerts", "send", *target(server), user="hm_rater")
    assert (done.returncode, done.stdout) == (0, "sent 1 alert\n")
    assert done.stderr == f"hubmeter: cannot send alert 1: {words}\n"
    first, second = server.next(), server.next()
    assert (first[0], first[1], second[1]) == (second[0], answer, 204)
    assert campus.sql("SELECT attempts, http_status, delivered_at IS NULL FROM budget.alert") == "2|204|f"


def test_one_that_is_refused_does_not_hold_up_others(campus, webhook):
    server = webhook(500)
    spend(campus, "lab", 85)
    assert campus.run("alerts", "send", *target(server)).stdout == "sent 2 alerts\n"
    assert [(server.next()[0]["percent"], status) for status in (500, 204, 204)] == [(50, 500), (80, 204), (50, 204)]


def test_a_wrong_secret_is_refused_and_another_try_delivers(campus, webhook, closed_port):
    server = webhook()
    spend(campus, "lab", 55)
    campus.write("other", "something-else\n")
    (campus.files / "other").chmod(0o600)
    process = campus.start("alerts", "send", "--follow", "--alert-webhook", server.url, "--alert-secret-file", "other")
    assert server.next()[1] == 401
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=DEADLINE)
    assert "cannot send alert 1: the webhook answers HTTP 401\n" in errors and SECRET not in errors
    process = campus.start("alerts", "send", "--follow", "--alert-webhook",
                           f"http://127.0.0.1:{closed_port}/key=hidden",
                           "--alert-secret-file", "secret")
    assert process.stderr.readline().startswith("hubmeter: cannot send alert 1: Failed to connect to 127.0.0.1 port")
    process.send_signal(signal.SIGTERM)
    assert "hidden" not in process.communicate(timeout=DEADLINE)[1] and process.returncode == 0
    assert campus.ok("alerts", "send", *target(server)) == "sent 1 alert\n"


def test_follow_sends_within_seconds_what_comes(campus, webhook):
    server = webhook()
    spend(campus, "lab", 55)
    process = campus.start("alerts", "send", "--follow", *target(server))
    assert server.next()[0]["percent"] == 50
    spend(campus, "law", 100)
    assert [server.next()[0]["percent"] for _ in range(3)] == [50, 80, 100]
    server.answers = [503, 503]
    spend(campus, "lab", 30)
    tries = [server.next() for _ in range(3)]
    assert [status for _, status in tries] == [503, 503, 204]
    assert len({alert["id"] for alert, _ in tries}) == 1
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
    assert campus.sql("SELECT count(*) FROM budget.alert WHERE delivered_at IS NULL") == "0"


def test_two_senders_share_the_work(campus, webhook):
    server = webhook()
    spend(campus, "lab", 100)
    spend(campus, "sci", 900)
    senders = [campus.start("alerts", "send", *target(server)) for _ in range(2)]
    said = sorted(process.communicate(timeout=DEADLINE)[0] for process in senders)
    assert sum(int(text.split()[1]) for text in said) == 6
    assert sorted(server.next()[0]["id"] for _ in range(6)) == list(range(1, 7))
    assert server.arrived.empty()


def test_a_correction_and_another_crossing_is_another_alert(campus, webhook):
    server = webhook()
    for amount in (60, -20, 20):
        spend(campus, "lab", amount)
    assert campus.ok("alerts", "send", *target(server)) == "sent 2 alerts\n"
    (first, _), (second, _) = server.next(), server.next()
    assert (first["percent"], second["percent"]) == (50, 50) and first["id"] != second["id"]


def test_a_steward_lists_alerts_of_the_own_departments(campus):
    campus.sql("CREATE ROLE steve LOGIN IN ROLE hm_steward")
    try:
        campus.ok("import", "stewards", campus.write("s.csv", "login,institution,unit\nsteve,tu,sci\n"))
        spend(campus, "lab", 55)
        spend(campus, "law", 55)
        listed = json.loads(campus.ok("alerts", "list", "--format", "json", user="steve"))
        assert [row["code"] for row in listed] == ["lab"]
        assert "sign in as hm_rater" in campus.refused(
            "alerts", "send", "--alert-webhook", "http://127.0.0.1:1/", "--alert-secret-file", "secret", user="steve")
    finally:
        campus.sql("DROP ROLE steve")


def test_usage(campus, webhook):
    assert "needs --alert-webhook URL and --alert-secret-file FILE" in campus.refused("alerts", "send", status=2)
    (campus.files / "secret").chmod(0o644)
    assert "others can read or write it" in campus.refused("alerts", "send", *target(webhook()))
    assert "cannot read the secret: nowhere: No such file" in campus.refused(
        "alerts", "send", "--alert-webhook", "http://127.0.0.1:1/", "--alert-secret-file", "nowhere")

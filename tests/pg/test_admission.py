"""May a server start? Asked by the command line, by many at once, and over HTTP with clients and a database that
misbehave. The figures are in tests/sql/t/78_admission.sql."""
import asyncio
import concurrent.futures
import http.client
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from decimal import Decimal

import pytest

from project import SOURCE
from wait import wait_for

ORG = """institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,phys,,Physics,
tu,,,,,,h
tu,,,,,,h2
"""
PRICES = "institution,resource,class,rate,valid_from,valid_to\ntu,gpu,a100,1.803,2026-01-01,\n"
FUNDS = """institution,fund,name,kind,chart_string,start,end,amount
tu,cap,Cap,sponsored,11-1,2026-01-01,2099-12-31,17.60
tu,much,Much,sponsored,11-2,2026-01-01,2099-12-31,1000
tu,dept,Department,operating,11-3,,,
"""
PLANS = """institution,plan,valid_from,tier,leg,fund,weight_ppm,on_exhaust,basis,author
tu,p,2026-01-01,1,1,cap,1000000,deny,proposal,ann
tu,p,2026-01-01,2,1,dept,1000000,,,ann
tu,m,2026-01-01,1,1,much,1000000,deny,proposal,ann
tu,m,2026-01-01,2,1,dept,1000000,,,ann
"""
PEOPLE = 1000
TOKEN = "correct-horse-battery"
DEADLINE = 30
# Keeps others waiting until the session ends its transaction.
TAKE_TURN = "SELECT FROM fund.take_turn((SELECT array_agg(institution_id) FROM org.institution))"
HELD = Decimal("14.424")
SPAWN = {"hub": "h", "user": "ann", "class": "a100", "gpu_milli": 1000, "max_seconds": 28800}
ASK = ["can-spawn", "--hub", "h", "--class", "a100", "--gpu", "1", "--hours", "8", "--user"]


def fill_campus(hubmeter):
    files = {"org": ORG, "people": "person,name,hub,username\np1,Ann,h,ann\np2,Bob,h,bob\n",
             "memberships": "person,institution,unit,valid_from,valid_to,home\np1,tu,phys,2026-01-01,,yes\n"
                            "p2,tu,phys,2026-01-01,,yes\n",
             "prices": PRICES, "funds": FUNDS, "plans": PLANS,
             "assignments": "institution,plan,scope,code\ntu,p,unit,phys\n"}
    for kind, text in files.items():
        assert hubmeter.run("import", kind, hubmeter.write(kind + ".csv", text)).returncode == 0
    approve(hubmeter)


@pytest.fixture
def campus(copy_of):
    return copy_of(fill_campus)


def approve(hubmeter):
    hubmeter.sql("SET SESSION AUTHORIZATION hm_controller; SELECT fund.approve_plan('tu', p) FROM unnest("
                 "ARRAY['p', 'm']) AS p")


def outstanding(hubmeter):
    return Decimal(hubmeter.sql("SELECT coalesce(sum(outstanding), 0) FROM report.lien"))


# -- the command line ---------------------------------------------------------------------------------

def test_command_line(campus):
    answer = json.loads(campus.ok(*ASK, "ann", "--no-hold", "--format", "json"), parse_float=Decimal)[0]
    assert answer == {"allowed": "yes", "lien": None, "held": HELD, "remaining": Decimal("3.176"), "plan": "p",
                      "reason": "funded"}
    assert campus.refused("lien", "list", status=0) == "hubmeter: nothing is held for any server\n"
    lien = json.loads(campus.ok(*ASK, "ann", "--format", "json"))[0]["lien"]
    refused = campus.run(*ASK, "bob", "--format", "csv")
    assert (refused.returncode, refused.stderr) == (3, "")
    assert refused.stdout.splitlines()[1] == (
        'no,,0,3.176,p,"fund cap: 3.176 USD left of its 17.6 USD, 14.424 USD needed"')
    row = json.loads(campus.ok("lien", "list", "--format", "json"), parse_float=Decimal)[0]
    assert (row["lien"], row["username"], row["fund"], row["outstanding"]) == (lien, "ann", "cap", HELD)
    assert campus.ok("lien", "release", str(lien), "--reason", "the node died") == "released\n"
    assert campus.ok("lien", "release", "--hub", "h", "--user", "ann") == "it was not open: nothing to release\n"
    assert campus.sql("SELECT reason FROM fund.lien") == "the node died"
    assert campus.run(*ASK, "bob").returncode == 0


@pytest.mark.parametrize("arguments, status, said", [
    (["can-spawn", "--hub", "h", "--user", "ann"], 2, "needs --hub NAME, --user NAME, --hours N and a size"),
    ([*ASK[:-1], "--user", "ann", "--cpu", "-1"], 2, 'option "--cpu": "-1" is not such a size'),
    ([*ASK[:-1], "--user", "ann", "--memory", "8"], 2, 'option "--memory": "8" is not such a size'),
    ([*ASK[:-1], "--user", "ann", "--memory", "8G"], 1, "no price for memory"),
    ([*ASK[:-1], "--user", "ann", "--hours", "745"], 1, "not between 1 s and 31 days"),
    (["can-spawn", "--hub", "x", "--hours", "1", "--user", "a", "--gpu", "1"], 1, 'no hub x: known are'),
    (["lien", "release"], 2, "needs the number of a lien, or --hub NAME and --user NAME"),
    (["lien", "release", "7"], 1, "no lien 7"),
    (["lien", "release", "99999999999999999999"], 2, "needs the number of a lien"),
    (["admission"], 2, "needs --listen ADDRESS:PORT and --token-file FILE"),
])
def test_used_wrongly(campus, arguments, status, said):
    assert said in campus.refused(*arguments, status=status)


def spawn_of(name):
    return f"SELECT allowed FROM fund.can_spawn('h', '{name}', '', 'a100', 0, 0, 1000, 28800);\n"


# -- many at once -------------------------------------------------------------------------------------

@pytest.fixture
def crowd(campus):
    """A thousand people, who share a fund of 1000."""
    names = [f"u{i}" for i in range(PEOPLE)]
    campus.ok("import", "people", campus.write("people.csv", "person,name,hub,username\n" + "".join(
        f"{n},{n},h,{n}\n" for n in names)))
    members = "".join(f"{n},tu,phys,2026-01-01,,yes\n" for n in names)
    campus.ok("import", "memberships", campus.write(
        "m.csv", "person,institution,unit,valid_from,valid_to,home\n" + members))
    campus.ok("import", "assignments", campus.write("a.csv", "institution,plan,scope,code\ntu,m,unit,phys\n"))
    return campus, names


def test_a_thousand_at_once_never_hold_more_than_there_is(crowd):
    campus, names = crowd
    connections = 32

    def ask(first):
        script = "".join(spawn_of(name) for name in names[first::connections])
        return subprocess.run(["psql", campus.conninfo, "-XAtq", "-v", "ON_ERROR_STOP=1"], input=script, check=True,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.split()

    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        answers = [answer for some in pool.map(ask, range(connections)) for answer in some]
    print(f"{PEOPLE} requests in {time.monotonic() - begin:.1f} s")
    fit = 1000 // HELD
    assert (len(answers), answers.count("t")) == (PEOPLE, fit)
    assert outstanding(campus) == fit * HELD <= 1000


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_from_before_holds_nothing(campus, isolation):
    script = (f"BEGIN ISOLATION LEVEL {isolation}; SELECT count(*) FROM fund.lien;\n"
              f"\\! psql \"{campus.conninfo}\" -XAtqc \"SELECT allowed FROM fund.can_spawn('h', 'ann', '', 'a100', 0, "
              f"0, 1000, 28800)\"\nSELECT allowed FROM fund.can_spawn('h', 'bob', '', 'a100', 0, 0, 1000, 28800);\n")
    done = subprocess.run(["psql", campus.conninfo, "-XAtq"], input=script, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.stdout == "0\nt\n" and "could not serialize access" in done.stderr
    assert outstanding(campus) == HELD


def test_a_connection_that_breaks_holds_nothing(campus):
    with campus.session("BEGIN", TAKE_TURN):
        with subprocess.Popen(["psql", campus.conninfo, "-XAtqc", "SELECT fund.can_spawn('h', 'ann', '', 'a100', 0, 0, "
                               "1000, 28800)"], stderr=subprocess.PIPE) as second:
            wait_for("it to wait", lambda: campus.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0")
            campus.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
            assert b"terminating connection" in second.communicate(timeout=DEADLINE)[1]
    assert campus.sql("SELECT count(*) FROM fund.lien") == "0"
    assert campus.sql("SELECT count(*) FROM fund.lien_leg") == "0"
    assert campus.run(*ASK, "ann").returncode == 0


# -- over HTTP ----------------------------------------------------------------------------------------

class Admission:
    """hubmeter admission, on a port of its own."""

    def __init__(self, hubmeter, *options):
        hubmeter.write("token", TOKEN + "\n")
        os.chmod(hubmeter.files / "token", 0o600)
        self.hubmeter = hubmeter
        self.target = hubmeter.conninfo.replace("user=postgres", "user=hm_admission")
        self.process = hubmeter.start(f"--postgres={self.target}", "admission", "--listen", "127.0.0.1:0",
                                      "--token-file", "token", *options)
        line = self.process.stderr.readline()
        assert "event=admission_listening" in line, line + self.process.stderr.read()
        self.port = int(line.split("port=")[1])

    def ask(self, path, body=None, method="POST", token=TOKEN, **more):
        """(status, what it says) of a request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        data = json.dumps(body) if isinstance(body, (dict, list)) else body
        connection.request(method, path, data, {**headers, **more.get("headers", {})},
                           encode_chunked=more.get("chunked", False))
        answer = connection.getresponse()
        said = json.loads(answer.read())
        assert answer.headers["Content-Type"] == "application/json"
        connection.close()
        return answer.status, said

    def spawn(self, **changes):
        return self.ask("/v1/can-spawn", {**SPAWN, **changes})

    def release(self, **changes):
        return self.ask("/v1/release", {"hub": "h", "user": "ann", **changes})

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(DEADLINE)
        said = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        return status, said


@pytest.fixture
def admission(campus):
    servers = []

    def start(*options):
        servers.append(Admission(campus, *options))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.returncode is None:
            server.end()


def test_http(admission, campus):
    hub = admission()
    assert hub.ask("/healthz", method="GET", token=None) == (200, {"status": "ok"})
    status, said = hub.spawn()
    assert status == 200
    lien = said.pop("lien")
    assert said == {"allowed": True, "held": "14.424", "remaining": "3.176", "plan": "p", "reason": "funded"}
    assert hub.spawn() == (200, {**said, "lien": lien, "reason": "held already"})
    assert hub.spawn(user="bob") == (200, {
        "allowed": False, "lien": None, "held": "0", "remaining": "3.176", "plan": "p",
        "reason": "fund cap: 3.176 USD left of its 17.6 USD, 14.424 USD needed"})
    assert hub.release(reason="culled") == (200, {"released": True})
    assert hub.release() == (200, {"released": False})
    assert campus.sql("SELECT reason, opened_by FROM fund.lien") == "culled|hm_admission"
    again = hub.spawn(user="bob", server="gpu")[1]["lien"]
    assert hub.ask("/v1/release", {"hub": "h2", "lien": again}) == (409, {"error": f"no lien {again}"})
    assert hub.ask("/v1/release", {"hub": "h", "lien": again}) == (200, {"released": True})
    assert hub.spawn(user="zoë 'x\"; --", hold=False)[1]["reason"] == "in suspense: no alias"
    assert hub.end() == (0, "<5>event=admission_ends reason=signal\n")


@pytest.mark.parametrize("body, said", [
    (b"", "the body is not JSON"), (b"\0\xff{", "the body is not JSON"), ("[]", "the body is no object"),
    ("[" * 9000, "the body is not JSON"), ('{"hub": "h", "hub": "h"}', "the body is not JSON"),
    ('{"hub": "h\\u0000"}', "the body is not JSON"), ({"hub": "h"}, "max_seconds is required"),
    ({**SPAWN, "gpu": 1}, '"gpu" is not known'), ({**SPAWN, "user": None}, "user is required"),
    ({**SPAWN, "user": 7}, "user is not a text"), ({**SPAWN, "gpu_milli": -1}, "gpu_milli is not a whole number"),
    ({**SPAWN, "gpu_milli": 1.5}, "gpu_milli is not a whole number"), ({**SPAWN, "hold": 1}, "hold is not true or"),
    ({**SPAWN, "max_seconds": 10 ** 30}, "the body is not JSON"), ({**SPAWN, "lien": 1}, '"lien" is not known'),
])
def test_what_is_no_request_is_refused(admission, campus, body, said):
    hub = admission()
    status, answer = hub.ask("/v1/can-spawn", body)
    assert status == 400 and said in answer["error"]
    assert campus.sql("SELECT count(*) FROM fund.lien") == "0"


def test_what_cannot_be_is_refused(admission):
    hub = admission("--hub", "h")
    assert hub.spawn(max_seconds=10 ** 9) == (409, {"error": "the longest time is not between 1 s and 31 days"})
    assert hub.spawn(cpu_milli=1) == (409, {
        "error": "no price for cpu: leave it out of the request, or import one (0 where it is free)"})
    assert hub.spawn(hub="h2") == (403, {"error": "that hub is not served here"})
    assert hub.release(hub="h,h2") == (403, {"error": "that hub is not served here"})
    assert hub.ask("/v1/can-spawn", method="GET")[0] == 405
    assert hub.ask("/healthz", b"")[0] == 405
    assert hub.ask("/", b"")[0] == 404


@pytest.mark.parametrize("token", [None, "", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper()])
def test_a_wrong_token_is_refused(admission, token):
    hub = admission()
    for path in ("/v1/can-spawn", "/v1/release", "/x"):
        assert hub.ask(path, SPAWN, token=token) == (401, {"error": "the token is missing or wrong"})


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused(admission, chunked):
    hub = admission()
    body = b" " * 20000
    said = (413, {"error": "the body is larger than 16 KiB"})
    if chunked:
        assert hub.ask("/v1/can-spawn", iter([body]), chunked=True, headers={"Transfer-Encoding": "chunked"}) == said
    else:
        assert hub.ask("/v1/can-spawn", body) == said
    fits = json.dumps(SPAWN)
    assert hub.ask("/v1/can-spawn", fits + " " * (16384 - len(fits)))[0] == 200


def test_slow_and_broken_clients_hold_up_nobody(admission, campus):
    hub = admission()
    head = (f"POST /v1/can-spawn HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            "Content-Length: 500\r\n\r\n{\"hub\": ").encode()
    clients = [socket.create_connection(("127.0.0.1", hub.port)) for _ in range(60)]
    for i, client in enumerate(clients):
        client.sendall(head[:i + 1] if i % 2 else head)
    assert hub.spawn()[0] == 200
    for client in clients[:30]:
        client.close()
    assert hub.release() == (200, {"released": True})
    clients[30].settimeout(DEADLINE)
    assert clients[30].recv(1) == b""  # its time is over
    for client in clients[30:]:
        client.close()
    garbage = socket.create_connection(("127.0.0.1", hub.port))
    garbage.sendall(bytes(range(256)) * 100)
    garbage.close()
    assert hub.spawn()[0] == 200
    assert campus.sql("SELECT count(*) FROM fund.lien") == "2"


class Refusal(Exception):
    """tornado's HTTPError, as far as the hook knows it."""


class Spawner:
    """JupyterHub's, as far as the hook knows it."""

    def __init__(self, username):
        self.user, self.name, self.cpu_limit = types.SimpleNamespace(name=username), "", None
        self.log = logging.getLogger("hub")


def test_the_documented_hook(admission, campus, monkeypatch, caplog):
    hub = admission()
    monkeypatch.setitem(sys.modules, "tornado", types.ModuleType("tornado"))
    monkeypatch.setitem(sys.modules, "tornado.web", types.SimpleNamespace(HTTPError=Refusal))
    with open(os.path.join(SOURCE, "docs/admission.md"), encoding="utf-8") as page:
        text = re.search(r"```python\n(.*?)```", page.read(), re.DOTALL)[1]
    for ours, here in {"/etc/jupyterhub/admission.token": str(campus.files / "token"), "8085": str(hub.port),
                       "physics-hub": "h"}.items():
        assert ours in text
        text = text.replace(ours, here)
    hook = {"c": types.SimpleNamespace(Spawner=types.SimpleNamespace())}
    exec(text, hook)  # pylint: disable=exec-used
    campus.ok("import", "prices", campus.write("p.csv", PRICES.replace("gpu,a100", "cpu,")))
    asyncio.run(hook["can_spawn"](Spawner("ann")))
    with pytest.raises(Refusal) as refusal:
        asyncio.run(hook["can_spawn"](Spawner("bob")))
    assert refusal.value.jupyterhub_message == (
        "This server can't start: fund cap: 3.176 USD left of its 17.6 USD, 14.424 USD needed")
    asyncio.run(hook["release"](Spawner("ann")))
    asyncio.run(hook["can_spawn"](Spawner("bob")))
    assert outstanding(campus) == HELD
    hub.end()
    asyncio.run(hook["can_spawn"](Spawner("ann")))
    assert "admission was not asked" in caplog.text


def services(home, *words):
    subprocess.run([os.path.join(SOURCE, "deploy/local/services"), *words, "--dir", home], check=True,
                   stdout=subprocess.DEVNULL)


def test_postgresql_may_come_and_go(admission, campus, own_postgres):
    hub = admission("--connections", "3")
    lien = hub.spawn()[1]["lien"]
    campus.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'hm_admission'")
    assert hub.spawn()[1]["lien"] == lien
    services(own_postgres[0], "kill", "postgres")
    error = {"error": "the database does not answer as it should: try again"}
    assert hub.spawn() == (503, error)
    assert hub.ask("/healthz", method="GET") == (503, error)
    services(own_postgres[0], "restart", "postgres")
    assert hub.ask("/healthz", method="GET") == (200, {"status": "ok"})
    assert hub.spawn()[1]["lien"] == lien
    status, log = hub.end()
    assert status == 0 and log.count("event=admission_failed") == 2


def test_sigterm_lets_what_began_end(admission, campus):
    hub = admission()
    with campus.session("BEGIN", TAKE_TURN) as other:
        answers = []
        asking = threading.Thread(target=lambda: answers.append(hub.spawn()))
        asking.start()
        wait_for("it to wait", lambda: campus.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0")
        hub.process.send_signal(signal.SIGTERM)
        wait_for("its port to close", lambda: not connects(hub.port))
        other.communicate("COMMIT;\n")
        asking.join(DEADLINE)
    assert answers[0][0] == 200 and answers[0][1]["allowed"]
    assert hub.process.wait(DEADLINE) == 0


def connects(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("options, said", [
    (["--listen", "localhost:1"], "not an address and a port"), (["--listen", "1.2.3.4:1"], "Cannot assign"),
    (["--listen", "127.0.0.1"], "not an address and a port"), (["--connections", "0"], "not between 1 and 50"),
    (["--token-file", "open"], "others can read or write it"), (["--token-file", "none"], "No such file")])
def test_does_not_begin_wrongly(campus, options, said):
    campus.write("token", TOKEN)
    campus.write("open", TOKEN)
    os.chmod(campus.files / "token", 0o600)
    done = campus.run("admission", "--listen", "127.0.0.1:0", "--token-file", "token", *options)
    assert done.returncode in (1, 2) and said in done.stderr

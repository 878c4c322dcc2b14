"""hubmeter import jupyterhub: groups and who is in them, asked of a hub that answers as JupyterHub does."""
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from university import ORG, PEOPLE

TOKEN = "f00dcafe"
PAGINATION = "application/jupyterhub-pagination+json"
MEMBERS = """SELECT p.code, g.code, m.role, upper_inf(m.valid), lower(m.valid) = usage.slot_of(now())
    FROM org.group_member m JOIN org.person p USING (person_id) JOIN org.user_group g USING (group_id)
    WHERE m.voided_at IS NULL ORDER BY 1, 2"""


class Hub:
    """A JupyterHub with as much of its REST API as is asked for."""

    def __init__(self):
        self.groups = {}
        self.users = []
        self.properties = {}
        self.paths = []
        self.page = 200
        self.old = False       # version 1: bare lists
        self.status = None     # instead of an answer
        self.text = None       # likewise
        self.restless = False  # somebody is added between any two pages
        self.swaps = False     # once, between two pages, a group goes and another one comes
        handler = type("Handler", (Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def models(self, kind):
        if kind == "users":
            return [{"kind": "user", "name": name, "admin": False, "roles": ["user"], "server": None, "pending": None,
                     "groups": [g for g, users in self.groups.items() if name in users], "servers": {},
                     "created": "2026-01-01T00:00:00.000000Z", "last_activity": None} for name in self.users]
        return [{"kind": "group", "name": name, "roles": [], "users": users,
                 "properties": self.properties.get(name, {})} for name, users in self.groups.items()]


class Handler(BaseHTTPRequestHandler):
    hub = None

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass

    def answer(self, status, body, kind="application/json"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if status == 302:
            self.send_header("Location", "/hub/login")
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        hub = self.hub
        hub.paths.append(self.path)
        url = urllib.parse.urlsplit(self.path)
        kind = url.path.removeprefix("/hub/api/")
        query = {k: int(v) for k, v in urllib.parse.parse_qsl(url.query)}
        if hub.status or self.headers["Authorization"] != f"token {TOKEN}":
            self.answer(hub.status or 403, json.dumps({"status": hub.status or 403, "message": "Forbidden"}))
        elif hub.text:
            self.answer(200, hub.text)
        elif kind not in ("users", "groups"):
            self.answer(404, '{"status": 404, "message": "Not Found"}')
        else:
            self.answer(200, json.dumps(self.page(kind, query)), PAGINATION)

    def page(self, kind, query):
        hub, models = self.hub, self.hub.models(kind)
        if hub.old or self.headers["Accept"] != PAGINATION:
            return models
        offset, limit = query["offset"], min(query["limit"], hub.page)
        after = offset + limit
        following = {"offset": after, "limit": limit, "url": f"{hub.url}/hub/api/{kind}?offset={after}&limit={limit}"}
        if hub.swaps and kind == "groups" and after < len(models):
            hub.swaps = False
            del hub.groups[next(iter(hub.groups))]
            hub.groups["newest"] = ["zoë"]
        if hub.restless:
            hub.users.insert(0, f"new{len(hub.users)}")
        return {"items": models[offset:after],
                "_pagination": {"offset": offset, "limit": limit, "total": len(models),
                                "next": following if after < len(models) else None}}


@pytest.fixture
def hub():
    hub = Hub()
    yield hub
    hub.close()


def fill_people(hubmeter):
    hubmeter.ok("import", "org", "-", text=ORG)
    hubmeter.ok("import", "people", "-", text=PEOPLE)
    hubmeter.write("token", TOKEN + "\n")
    (hubmeter.files / "token").chmod(0o600)


class Importer:
    def __init__(self, hubmeter, hub):
        self.hubmeter, self.hub = hubmeter, hub
        hub.users = ["ada", "zoë", "eve"]
        hub.groups = {"lasers": ["ada", "zoë"], "optics": ["ada", "eve"]}
        hub.properties = {"lasers": {"cost_centre": "physics", "chart": {"fund": 1}}}

    def arguments(self, *options, url=None):
        return ("import", "jupyterhub", url or self.hub.url, "--token-file", "token", "--institution", "uni", "--hub",
                "hub-a", *options)

    def ok(self, *options, **how):
        return self.hubmeter.ok(*self.arguments(*options, **how))

    def refused(self, *options, **how):
        return self.hubmeter.refused(*self.arguments(*options, **how))


@pytest.fixture
def importer(copy_of, hub):
    return Importer(copy_of(fill_people), hub)


def test_groups(importer):
    assert importer.ok() == """jupyterhub of uni: 3 users, 2 groups, 4 rows; changed:
  rows with news: 9
  new groups: 2
  departments of groups: 1
  memberships added: 3
  left out: user names that are nobody's: 1
  left out: groups without a department: 1
  left out: enrollments of people who are not known: 1
"""
    assert importer.hubmeter.sql(MEMBERS) in (
        f"p1|lasers|member|t|{t}\np1|optics|member|t|{t}\np2|lasers|member|t|{t}" for t in "tf")
    assert importer.hubmeter.sql("SELECT g.code, g.kind, u.code FROM org.user_group g JOIN org.group_unit "
                                 "USING (group_id) JOIN org.unit u USING (unit_id)") == "lasers|project|physics"
    assert importer.hubmeter.sql("SELECT count(*) FROM org.person") == "3"
    assert "nothing new" in importer.ok()


def test_who_is_missing_left(importer):
    importer.ok()
    importer.hubmeter.sql("UPDATE import.roster_record SET first_slot = first_slot - interval '7 days'")
    importer.hub.groups = {"lasers": ["ada"]}
    said = importer.ok()
    assert "memberships changed or ended: 3\n" in said
    assert importer.hubmeter.sql("SELECT p.code, g.code, upper_inf(m.valid) FROM org.group_member m JOIN org.person p "
                                 "USING (person_id) JOIN org.user_group g USING (group_id) ORDER BY 1, 2") == (
        "p1|lasers|t\np1|optics|f\np2|lasers|f")


def test_pages(importer):
    importer.hub.page = 7
    importer.hub.users = [f"user{i:03}" for i in range(100)]
    importer.hub.groups = {f"g{i}": importer.hub.users[i::20] for i in range(20)}
    assert "100 users, 20 groups, 100 rows" in importer.ok("--create-people")
    assert importer.hubmeter.sql("SELECT count(*), count(DISTINCT person_id) FROM org.group_member") == "100|100"
    assert importer.hub.paths[-1] == "/hub/api/groups?offset=14&limit=200"


def test_a_list_that_never_rests(importer):
    """Who is missing only because the list moved would have left."""
    importer.hub.page = 2
    importer.hub.restless = True
    assert "the list changes while it is read: try again later" in importer.refused()


def test_a_list_that_moved_once(importer):
    """The second page begins behind the group that took the place of the one that went."""
    importer.hub.page = 2
    importer.hub.swaps = True
    importer.hub.groups = {name: ["ada"] for name in "abcd"}
    importer.ok()
    assert importer.hubmeter.sql("SELECT string_agg(code, ' ' ORDER BY code) FROM org.user_group") == "b c d newest"


def test_create_people(importer):
    said = importer.ok("--create-people")
    assert "new people: 1\n  new user names: 1\n" in said
    assert importer.hubmeter.sql("SELECT p.code, a.source FROM org.alias a JOIN org.person p USING (person_id) "
                                 "WHERE a.username = 'eve'") == "eve|jupyterhub"


def test_a_name_that_becomes_somebodys(importer):
    importer.ok()
    importer.hubmeter.ok("import", "people", "-", text="person,name,hub,username\np9,Eve,hub-a,eve\n")
    assert "memberships added: 1\n" in importer.ok()


def test_case_is_another_name(importer):
    importer.hub.groups = {"lasers": ["Ada"]}
    importer.hub.users = ["Ada"]
    done = importer.hubmeter.run(*importer.arguments())
    assert (done.returncode, done.stderr) == (
        0, f'{importer.hub.url}/hub/api/users:1: warning: column "username": "Ada": differs from ada, which is known, '
           "only in how it is written\n")
    assert importer.hubmeter.sql("SELECT count(*) FROM org.group_member") == "0"


def test_another_property_and_an_unknown_department(importer):
    importer.hub.properties = {"lasers": {"dept": "biology"}, "optics": {"dept": "alchemy"}}
    done = importer.hubmeter.run(*importer.arguments("--cost-centre-property", "dept"))
    assert (done.returncode, done.stderr) == (
        0, f'{importer.hub.url}/hub/api/groups:2: warning: column "cost_centre": "alchemy": neither an account of '
           "the roster nor a department\n")
    assert importer.hubmeter.sql("SELECT u.code FROM org.group_unit JOIN org.unit u USING (unit_id)") == "biology"


def test_bare_lists_of_old_hubs(importer):
    importer.hub.old = True
    assert "3 users, 2 groups, 4 rows" in importer.ok()


def test_urls(importer):
    for end in ("", "/", "/hub", "/hub/", "/hub/api", "/hub/api/"):
        importer.hub.paths.clear()
        importer.ok("--dry-run", url=importer.hub.url + end)
        assert importer.hub.paths[0] == "/hub/api/users?offset=0&limit=200"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o601])
def test_others_may_not_read_the_token(importer, mode):
    (importer.hubmeter.files / "token").chmod(mode)
    said = importer.refused()
    assert "others can read or write it" in said
    assert TOKEN not in said
    assert importer.hub.paths == []


@pytest.mark.parametrize("token, message", [
    ("", "is empty"), ("two words", "is not one token"), ("x" * 5000, "too"), ("wrong", "the token may not"),
])
def test_tokens_that_do_not_work(importer, token, message):
    (importer.hubmeter.files / "token").write_text(token, encoding="utf-8")
    said = importer.refused()
    assert message in said.lower()
    assert not token or token not in said


@pytest.mark.parametrize("status, message", [
    (401, "the hub does not know the token (HTTP 401)"), (500, "answers HTTP 500"),
    (302, "answers HTTP 302, a redirect: say the URL it leads to"),
    (404, "there is nothing: the URL is that of the hub"),
])
def test_hubs_that_refuse(importer, status, message):
    importer.hub.status = status
    assert message in importer.refused()


@pytest.mark.parametrize("text, message", [
    ("<html>", "not JSON"),
    ("{}", "neither a list nor a page of one"),
    ('{"items": [{"kind": "user"}]}', "item 1: a user without a name"),
    ('{"items": [{"name": 5}]}', "item 1: a user without a name"),
    ('{"items": ["ada"]}', "item 1: a user without a name"),
    ('{"items": [{"name": "a\\u0000b"}]}', "not JSON"),
    ("[" * 100000, "not JSON"),
])
def test_answers_that_are_none(importer, text, message):
    importer.hub.text = text
    assert message in importer.refused()


def test_a_token_that_sees_no_members(importer):
    importer.hub.groups["lasers"] = None
    importer.hub.users = []
    assert "item 1: a group without users: the token needs the scope read:groups" in importer.refused()


def test_nobody_answers(importer, closed_port):
    assert "hubmeter: cannot ask the hub: http://127.0.0.1" in importer.refused(url=f"http://127.0.0.1:{closed_port}")
    assert "cannot ask the hub: file:///etc/hub/api/users" in importer.refused(url="file:///etc")


def test_needs_a_token(importer):
    said = importer.hubmeter.refused("import", "jupyterhub", importer.hub.url, "--institution", "uni", "--hub", "hub-a",
                                     status=2)
    assert "--token-file FILE is needed" in said

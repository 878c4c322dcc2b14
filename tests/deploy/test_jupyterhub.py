"""Tags that a real JupyterHub finds out at the spawn, up to what the collector says of the server: docs/tags.md."""
import contextlib
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest

from project import SOURCE, program
from wait import wait_for

sys.path.insert(0, os.path.join(SOURCE, "tests/deploy/jupyterhub"))
# pylint: disable-next=wrong-import-position
from real_hub import START_SECONDS, Browser, real_hub, virtual_environment  # noqa: E402

LINK = "hub/user-redirect/git-pull?" + urlencode({"repo": "https://github.com/example/stat-101.git", "branch": "main"})
OTHER = "hub/user-redirect/git-pull?" + urlencode({"repo": "https://github.com/example/my-own"})


@pytest.fixture(scope="module")
def hub():
    with real_hub() as running:
        yield running


@pytest.fixture(scope="module")
def hub_with_form():
    with real_hub(has_form=True) as running:
        yield running


class Door(BaseHTTPRequestHandler):
    """HTTPS before the hub, as a site's web server has it."""

    def do_GET(self):
        kept = {name: self.headers[name] for name in ("Accept", "Authorization") if name in self.headers}
        request = urllib.request.Request(self.server.hub_url + self.path.lstrip("/"), headers=kept)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            body = answer.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def door(hub, folder):
    """The URL of the hub's API by HTTPS; the certificate is its own authority."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=hub", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, stderr=subprocess.DEVNULL)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.hub_url = hub.settings["hub_url"]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/hub/api"
    finally:
        server.shutdown()
        server.server_close()


def explained(hub, *options):
    """{user: tag} as the collector sees this machine now; the table's columns begin where their names do."""
    done = subprocess.run([program("hubmeter-collector"), "--explain", f"--api-url={hub.api_url}", *options],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True, timeout=60)
    head, _, *rows = done.stdout.split("\n\n")[0].splitlines()
    at = {name: re.search(rf"\b{name}\b", head).start() for name in ("user", "tag")}
    return {row[at["user"]:].split(" ")[0]: row[at["tag"]:].split(" ")[0] for row in rows}


def test_link(hub):
    """Each course's link has its tag, another repository's none, and neither has a page of the hub."""
    links = {"ada": LINK, "ben": OTHER, "cleo": "hub/spawn", "dan": LINK}
    people = {name: Browser(hub, name) for name in links}
    for name, person in people.items():
        person.open(links[name])
    for name in links:
        hub.wait_for_server(name)
    assert explained(hub) == {"ada": "stat-101", "ben": "", "cleo": "", "dan": "stat-101"}
    assert "nbgitpuller" in people["ada"].open(LINK)
    hub.stop_server("dan")
    people["dan"].open("hub/spawn")
    hub.wait_for_server("dan")
    assert explained(hub)["dan"] == ""


def test_api(hub):
    """Who spawns by the API has no link, whatever he says that it is."""
    hub.call("POST", "users/eve")
    hub.call("POST", "users/eve/server?" + urlencode({"next": "/user/eve/lab"}), {"hubmeter_tag": "stat-101"})
    hub.wait_for_server("eve")
    assert explained(hub)["eve"] == ""


def test_choice(hub_with_form):
    hub = hub_with_form
    for name, choice in (("ada", "lab-x"), ("ben", "")):
        person = Browser(hub, name)
        person.submit(person.open("hub/spawn"), hubmeter_tag=choice)
    cleo = Browser(hub, "cleo")
    cleo.submit(cleo.open(LINK), hubmeter_tag="lab-y")  # the form does not lose the link
    for name in ("ada", "ben", "cleo"):
        hub.wait_for_server(name)
    assert explained(hub) == {"ada": "lab-x", "ben": "", "cleo": "stat-101"}


def test_choice_that_was_made_up(hub_with_form):
    hub = hub_with_form
    hub.call("POST", "users/eve")
    status, text = hub.call("POST", "users/eve/server", {"hubmeter_tag": "everybody-else"})
    assert status >= 400 and "eve" not in explained(hub), (status, text)


def test_pods(tmp_path):
    """Kubernetes is told by the annotation; a profile's is set last, and none is left of the spawn before."""
    nowhere = {"name": "nowhere", "cluster": {"server": "http://127.0.0.1:1"}}
    config = {"apiVersion": "v1", "kind": "Config", "current-context": "nowhere", "clusters": [nowhere],
              "users": [], "contexts": [{"name": "nowhere", "context": {"cluster": "nowhere", "user": ""}}]}
    (tmp_path / "config").write_text(json.dumps(config), encoding="utf-8")
    done = subprocess.run([virtual_environment() / "bin/python", "-B",
                           os.path.join(SOURCE, "tests/deploy/jupyterhub/tags_of_pods.py")], text=True, check=True,
                          stdout=subprocess.PIPE, env=os.environ | {"KUBECONFIG": str(tmp_path / "config")})
    assert json.loads(done.stdout) == [[None, None], ["lab-x", None], ["stat-101", "stat-101"], ["lab-x", "stat-101"],
                                       [None, None]]


def test_a_hub_that_was_killed(tmp_path):
    """Its servers are init's, and nobody vouches for them but the next hub, which knows their processes."""
    with real_hub() as hub, door(hub, tmp_path) as url:
        Browser(hub, "ada").open(LINK)
        hub.wait_for_server("ada")
        (tmp_path / "token").write_text(hub.settings["tokens"]["hubmeter"], encoding="ascii")
        ask = (f"--hub-api-url={url}", f"--hub-api-token={tmp_path}/token", f"--hub-api-ca={tmp_path}/cert.pem",
               f"--kubelet-fetch={program('hubmeter-fetch')}")
        assert explained(hub, *ask) == {"ada": "stat-101"}
        hub.kill()
        hub.start()
        assert explained(hub) == {"": ""}
        hub.wait_for_server("ada")
        wait_for("the hub's word", lambda: explained(hub, *ask) == {"ada": "stat-101"}, START_SECONDS)

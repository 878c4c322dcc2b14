"""A real JupyterHub from PyPI in a directory of its own, and a browser's part in it."""
import contextlib
import html
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from project import SOURCE
from wait import wait_for

PEOPLE = os.path.join(SOURCE, "deploy/quickstart/jupyterhub/people")
CONFIG = os.path.join(SOURCE, "tests/deploy/jupyterhub/jupyterhub_config.py")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hubmeter"
START_SECONDS = 300  # of a hub or a server, on a machine that has other things to do
MORE = ("nbgitpuller==1.3.0", "jupyterhub-kubespawner==7.1.0")
# The least that says whose process a server is.
SCOPES = ["list:users", "read:users:name", "read:servers", "admin:server_state"]


def virtual_environment():
    """With JupyterHub in it as the quickstart has it, and what else is tried here; installed once."""
    venv = CACHE / "jupyterhub" / "venv"
    done = venv / "installed-for-tests"
    for command in ([sys.executable, PEOPLE, "prepare", "--dir", CACHE / "jupyterhub"],
                    [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *MORE]):
        if not done.exists():
            ran = subprocess.run(command, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if ran.returncode:
                pytest.skip(ran.stderr)
    done.touch()
    return venv


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [s.getsockname()[1] for s in sockets]


class Browser:
    """One person's. Signs in where a page asks for it, and goes on to that page."""

    def __init__(self, hub, name):
        self.hub = hub
        self.name = name
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())

    def get(self, path, form=None):
        """The page that this leads to in the end; that the server has no such page is no matter."""
        data = urllib.parse.urlencode(form).encode() if form else None
        url = urllib.parse.urljoin(self.hub.settings["url"], path)
        try:
            with self.opener.open(url, data, timeout=START_SECONDS) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise
            return error.read().decode()

    def open(self, path):
        page = self.get(path)
        if 'name="password"' not in page:
            return page
        token = html.unescape(re.search(r'name="_xsrf" value="([^"]+)"', page)[1])
        return self.submit(page, _xsrf=token, username=self.name, password=self.hub.settings["password"])

    def submit(self, page, **values):
        """Send the form of a page."""
        action = html.unescape(re.search(r'<form[^>]*action="([^"]+)"', page)[1])
        return self.get(action, values)


class Hub:
    """A running hub: settings, its process, and its API."""

    def __init__(self, directory, has_form):
        port, hub_port, proxy_port = free_ports(3)
        self.directory = directory
        self.settings = {
            "url": f"http://127.0.0.1:{port}/", "hub_url": f"http://127.0.0.1:{hub_port}/",
            "proxy_url": f"http://127.0.0.1:{proxy_port}", "password": secrets.token_hex(16), "has_form": has_form,
            "tokens": {name: secrets.token_hex(16) for name in ("hubmeter", "spawns")}, "scopes": SCOPES}
        self.api_url = self.settings["hub_url"] + "hub/api"
        (directory / "hub.json").write_text(json.dumps(self.settings), encoding="utf-8")
        self.process = None

    def start(self):
        """For the first time, or once more beside servers that a hub that was killed left behind."""
        binary = virtual_environment() / "bin/jupyterhub"
        foreign = ("PYTHON", "JUPYTER", "VIRTUAL_ENV")
        with open(self.directory / "hub.log", "ab") as log:
            self.process = subprocess.Popen(
                [binary, "-f", CONFIG], cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={k: v for k, v in os.environ.items() if not k.startswith(foreign)}
                | {"HUBMETER_TEST_DIR": str(self.directory)})
        wait_for("the hub", self.answers, START_SECONDS)

    def kill(self):
        """As a crash: servers and proxy live on; the proxy of the next hub wants its port."""
        self.process.kill()
        self.process.wait()
        proxy = int((self.directory / "proxy.pid").read_text(encoding="ascii"))
        os.kill(proxy, signal.SIGTERM)
        wait_for("the end of the proxy", lambda: not os.path.exists(f"/proc/{proxy}/cmdline")
                 or not Path(f"/proc/{proxy}/cmdline").read_bytes())

    def log(self):
        return (self.directory / "hub.log").read_text(encoding="utf-8", errors="replace")[-4000:]

    def call(self, method, path, body=None, token="spawns", accept="application/json"):
        """(status, body) of a request to the API."""
        request = urllib.request.Request(
            f"{self.settings['url']}hub/api/{path}", method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": "token " + self.settings["tokens"][token], "Accept": accept})
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=START_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def answers(self):
        assert self.process.poll() is None, self.log()
        return self.call("GET", "users")[0] == 200

    def server(self, user):
        """The person's server as the hub has it; None: not ready."""
        status, text = self.call("GET", f"users/{user}")
        server = json.loads(text)["servers"].get("") if status == 200 else None
        return server if server and server["ready"] else None

    def wait_for_server(self, user):
        return wait_for(f"{user}'s server", lambda: self.server(user), START_SECONDS)

    def stop_server(self, user):
        self.call("DELETE", f"users/{user}/server")
        wait_for("the end of a server",
                 lambda: not json.loads(self.call("GET", f"users/{user}")[1])["servers"], START_SECONDS)


@contextlib.contextmanager
def real_hub(has_form=False):
    with tempfile.TemporaryDirectory(prefix="hubmeter-hub-") as path:
        hub = Hub(Path(path), has_form)
        try:
            hub.start()
            yield hub
        finally:
            hub.process.send_signal(signal.SIGTERM)  # it ends its servers and the proxy
            hub.process.wait(START_SECONDS)

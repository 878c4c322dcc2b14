"""The hub of tests/deploy/test_jupyterhub.py: the recipes of docs/tags.md, in one directory, without accounts."""
import json
import os
import sys
from pathlib import Path

source = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(source / "deploy" / "jupyterhub"))
import hubmeter_tags as tags  # noqa: E402 pylint: disable=wrong-import-position

directory = Path(os.environ["HUBMETER_TEST_DIR"])
hub = json.loads((directory / "hub.json").read_text(encoding="utf-8"))
binaries = Path(sys.executable).parent

c = get_config()  # noqa: F821 pylint: disable=undefined-variable

c.JupyterHub.bind_url = hub["url"]
c.JupyterHub.hub_bind_url = hub["hub_url"]
c.ConfigurableHTTPProxy.api_url = hub["proxy_url"]
c.ConfigurableHTTPProxy.command = [str(binaries / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(directory / "proxy.pid")
c.JupyterHub.cookie_secret_file = str(directory / "cookie_secret")
c.JupyterHub.db_url = f"sqlite:///{directory}/hub.sqlite"  # a hub that is started again knows its servers
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = hub["password"]
c.Authenticator.allow_all = True

c.JupyterHub.services = [{"name": name, "api_token": token} for name, token in hub["tokens"].items()]
c.JupyterHub.load_roles = [
    {"name": "hubmeter", "services": ["hubmeter"], "scopes": hub["scopes"]},
    {"name": "spawns", "services": ["spawns"], "scopes": ["admin:users", "admin:servers"]},
]

c.JupyterHub.spawner_class = "simple"  # processes of the hub's own user
c.SimpleLocalProcessSpawner.home_dir_template = str(directory / "homes" / "{username}")
c.Spawner.cmd = [str(binaries / "jupyterhub-singleuser")]
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.ip = "127.0.0.1"
c.Spawner.start_timeout = c.Spawner.http_timeout = 240
c.Spawner.environment = {"PYTHONDONTWRITEBYTECODE": "1"}

COURSES = {"https://github.com/example/stat-101": "stat-101"}
PROJECTS = {"lab-x": "Lab X", "lab-y": "Lab Y"}

if hub["has_form"]:
    c.Spawner.options_form = tags.options_form(PROJECTS)
    c.Spawner.options_from_form = tags.options_from_form
    c.Spawner.pre_spawn_hook = tags.hook(tags.from_link(COURSES), tags.from_choice(PROJECTS))
else:
    c.Spawner.pre_spawn_hook = tags.hook(tags.from_link(COURSES))

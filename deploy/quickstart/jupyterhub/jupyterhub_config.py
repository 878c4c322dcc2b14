"""A JupyterHub for one machine and one directory, without accounts and without root.

`people start` decides ports and secrets and writes them to hub.json. Only the loopback interface
is served; signing in takes the shared password of hub.json, because whoever signs in runs code as
the user who started the hub.
"""
import json
import os
import sys
from pathlib import Path

directory = Path(os.environ["HUBMETER_PEOPLE_DIR"])
hub = json.loads((directory / "hub.json").read_text(encoding="utf-8"))
binaries = Path(sys.executable).parent

c = get_config()  # noqa: F821

c.JupyterHub.bind_url = hub["url"]
c.JupyterHub.hub_bind_url = hub["hub_url"]
c.ConfigurableHTTPProxy.api_url = hub["proxy_api_url"]
c.ConfigurableHTTPProxy.command = [str(binaries / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(directory / "proxy.pid")
c.JupyterHub.cookie_secret_file = str(directory / "cookie_secret")
# Users are made anew by every `people work`. A database that outlives the hub would hold process
# ids of servers that are long gone, and the hub would stop whoever has them now.
c.JupyterHub.db_url = "sqlite:///:memory:"

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = hub["password"]
c.Authenticator.allow_all = True

c.JupyterHub.services = [{"name": "people", "api_token": hub["token"]}]
c.JupyterHub.load_roles = [
    {
        "name": "people",
        "services": ["people"],
        "scopes": ["admin:users", "admin:servers", "access:servers"],
    }
]

# People sign in to the dashboard by this hub, and see what is theirs. The hub tells it where to listen, who it is and
# its token (JUPYTERHUB_...).
if "HUBMETER_DASHBOARD" in os.environ:
    c.JupyterHub.services += [
        {
            "name": "hubmeter",
            "url": hub["service_url"],
            "command": [
                os.environ["HUBMETER_DASHBOARD"],
                "--sign-in=hub",
                "--hub-name=quickstart",
                "--plain-http",
            ],
            "environment": {"HUBMETER_POSTGRES": os.environ["HUBMETER_POSTGRES"]},
            "oauth_no_confirm": True,
        }
    ]
    c.JupyterHub.load_roles += [
        {"name": "user", "scopes": ["self", "access:services!service=hubmeter"]}
    ]

c.JupyterHub.spawner_class = "simple"  # processes of the hub's own user
c.SimpleLocalProcessSpawner.home_dir_template = str(directory / "homes" / "{username}")
c.Spawner.cmd = [str(binaries / "jupyterhub-singleuser")]
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.ip = "127.0.0.1"
c.LocalProcessSpawner.interrupt_timeout = 10
c.Spawner.environment = {
    "HUBMETER_PEOPLE_DIR": str(directory),
    "JUPYTER_CONFIG_PATH": str(Path(__file__).parent),  # jupyter_server_config.py
    "PYTHONDONTWRITEBYTECODE": "1",
}

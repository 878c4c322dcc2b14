"""A throw-away PostgreSQL for the whole run; every test has a database of its own in it."""
import itertools
import os
import re
import shutil
import socket
import subprocess
import tempfile

import pytest

from command import SQL, Hubmeter
from project import SOURCE, program
from university import FILES, USAGE

EMPTY = "template1"
MIGRATED = "hubmeter"
numbers = itertools.count(1)


def services(*arguments):
    return subprocess.run([os.path.join(SOURCE, "deploy/local/services"), *arguments], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture(scope="session")
def conninfo():
    """How to reach the database that was migrated once; tests copy it."""
    directory = tempfile.mkdtemp(prefix="hubmeter-pg-", dir="/tmp")
    os.chmod(directory, 0o755)  # PostgreSQL runs as another user when we are root
    home = os.path.join(directory, "services")
    try:
        answer = services("start", "--postgres-only", "--no-sync", "--dir", home)
        target = answer.split("HUBMETER_POSTGRES='")[1].split("'")[0]
        subprocess.run([program("hubmeter"), f"--postgres={target}", "migrate", "--sql-dir", SQL],
                       check=True, stdout=subprocess.DEVNULL)
        yield target
    finally:
        services("clean", "--dir", home)
        shutil.rmtree(directory, ignore_errors=True)


def database(request, conninfo, files, template):
    name = re.sub(r"\W+", "_", f"{request.path.stem}_{request.node.name}").lower()[:55]
    name = f"{name}_{next(numbers)}"  # long names of tests begin alike
    postgres = Hubmeter(conninfo, "postgres", files)
    postgres.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return Hubmeter(conninfo, name, files)


@pytest.fixture
def hubmeter(request, conninfo, tmp_path):
    """The command line on a migrated database."""
    return database(request, conninfo, tmp_path, MIGRATED)


@pytest.fixture
def loaded(hubmeter):
    """The same with a university's people, prices and usage in it."""
    for kind, text in FILES.items():
        hubmeter.ok("import", kind, hubmeter.write(kind + ".csv", text))
    hubmeter.sql(USAGE)
    return hubmeter


@pytest.fixture
def fresh(request, conninfo, tmp_path):
    """The command line on a database that was never migrated."""
    return database(request, conninfo, tmp_path, EMPTY)


@pytest.fixture
def closed_port():
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

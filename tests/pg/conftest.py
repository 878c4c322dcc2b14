"""A throw-away PostgreSQL for the whole run; every test has a database of its own in it."""
import os
import shutil
import socket
import subprocess
import tempfile

import pytest

from command import SQL, Hubmeter
from databases import EMPTY, MIGRATED, database, template
from project import SOURCE, program
from university import FILES, USAGE


def services(*arguments):
    return subprocess.run([os.path.join(SOURCE, "deploy/local/services"), *arguments], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture(scope="session")
def own_postgres():
    """A PostgreSQL of our own: the directory of its services, and how to reach a database that was migrated once."""
    directory = tempfile.mkdtemp(prefix="hubmeter-pg-", dir="/tmp")
    os.chmod(directory, 0o755)  # PostgreSQL runs as another user when we are root
    home = os.path.join(directory, "services")
    try:
        answer = services("start", "--postgres-only", "--no-sync", "--dir", home)
        target = answer.split("HUBMETER_POSTGRES='")[1].split("'")[0]
        subprocess.run([program("hubmeter"), f"--postgres={target}", "migrate", "--sql-dir", SQL],
                       check=True, stdout=subprocess.DEVNULL)
        yield home, target
    finally:
        services("clean", "--dir", home)
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def conninfo(own_postgres):
    """How to reach the database that was migrated once; tests copy it."""
    return own_postgres[1]


@pytest.fixture
def hubmeter(request, conninfo, tmp_path):
    """The command line on a migrated database."""
    with database(request, conninfo, tmp_path, MIGRATED) as made:
        yield made


@pytest.fixture(scope="session")
def university(conninfo, tmp_path_factory):
    """The name of a database with a university's people, prices and usage in it."""
    return template(conninfo, "university", tmp_path_factory.mktemp("university"), FILES, USAGE)


@pytest.fixture(scope="session")
def demo_federation(conninfo, tmp_path_factory):
    """A year of three institutions with budgets, funds, bills and fees, and usage that nothing is priced of."""
    directory = tmp_path_factory.mktemp("federation")
    subprocess.run([program("hubmeter"), "demo", "federation", "--seed", "1", "--scale", "small", "--directory",
                    directory], check=True, stdout=subprocess.DEVNULL)
    made = Hubmeter(conninfo, "federation", directory)
    postgres = Hubmeter(conninfo, "postgres", directory)
    postgres.sql(f'CREATE DATABASE "federation" TEMPLATE "{MIGRATED}"')
    made.ok("demo", "load", ".")
    made.ok("rate")
    yield made
    postgres.sql('DROP DATABASE "federation" WITH (FORCE)')


@pytest.fixture
def loaded(request, conninfo, university, tmp_path):
    """The command line on a copy of it."""
    with database(request, conninfo, tmp_path, university) as made:
        for kind, text in FILES.items():
            made.write(kind + ".csv", text)
        yield made


@pytest.fixture
def fresh(request, conninfo, tmp_path):
    """The command line on a database that was never migrated."""
    with database(request, conninfo, tmp_path, EMPTY) as made:
        yield made


@pytest.fixture
def closed_port():
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

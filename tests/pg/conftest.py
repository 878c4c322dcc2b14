"""A throw-away PostgreSQL for the whole run; every test has a database of its own in it."""
import contextlib
import shutil
import socket

import pytest

import cluster
from command import Hubmeter
from databases import EMPTY, MIGRATED, Templates, database
from university import fill_university


@pytest.fixture(scope="session")
def own_postgres(request):
    """A PostgreSQL of our own: the directory of its services, and how to reach a database that was migrated once."""
    is_federation = any("demo_federation" in item.fixturenames for item in request.session.items)
    with cluster.private_home() as home:
        yield home, cluster.start(home, "federation" if is_federation else "migrated")


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
def templates(conninfo, tmp_path_factory):
    return Templates(conninfo, tmp_path_factory)


@pytest.fixture
def copy_of(request, conninfo, templates, tmp_path):
    """copy_of(fill[, base]): the command line on a copy of what fill(hubmeter) made of a migrated database, or of what
    base(hubmeter) made of it; each is done once for all tests of the file."""
    with contextlib.ExitStack() as copies:
        def copy(fill, base=None):
            name, files = templates.of(fill, base)
            shutil.copytree(files, tmp_path, dirs_exist_ok=True)
            return copies.enter_context(database(request, conninfo, tmp_path, name))
        yield copy


@pytest.fixture(scope="session")
def demo_federation(conninfo, tmp_path_factory):
    """A year of three institutions with budgets, funds, bills and fees, and usage that nothing is priced of."""
    directory = tmp_path_factory.mktemp("federation")
    cluster.write_federation(directory)
    return Hubmeter(conninfo, "federation", directory)


@pytest.fixture
def loaded(copy_of):
    """The command line on a database with a university's people, prices and usage in it."""
    return copy_of(fill_university)


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

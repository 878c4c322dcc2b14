"""Databases in the run's PostgreSQL: templates that are filled once, and a copy for each test."""
import contextlib
import itertools
import re

from command import Hubmeter

EMPTY = "template1"
MIGRATED = "hubmeter"
numbers = itertools.count(1)


def template(conninfo, name, files, texts, statements):
    """Make the database @name with files {kind: text} imported into it and @statements done; returns @name."""
    made = Hubmeter(conninfo, name, files)
    Hubmeter(conninfo, "postgres", files).sql(f'CREATE DATABASE "{name}" TEMPLATE "{MIGRATED}"')
    for kind, text in texts.items():
        made.ok("import", kind, made.write(kind + ".csv", text))
    made.sql(statements)
    return name


@contextlib.contextmanager
def database(request, conninfo, files, name):
    """The command line on a copy of @name, which goes with the test: a file of tests makes a hundred."""
    copy = re.sub(r"\W+", "_", f"{request.path.stem}_{request.node.name}").lower()[:55]
    copy = f"{copy}_{next(numbers)}"  # long names of tests begin alike
    postgres = Hubmeter(conninfo, "postgres", files)
    postgres.sql(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    yield Hubmeter(conninfo, copy, files)
    postgres.sql(f'DROP DATABASE "{copy}" WITH (FORCE)')

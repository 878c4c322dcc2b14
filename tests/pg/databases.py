"""Databases in the run's PostgreSQL: templates that are filled once, and a copy for each test."""
import contextlib
import itertools
import re
import shutil

from command import Hubmeter

EMPTY = "template1"
MIGRATED = "hubmeter"
numbers = itertools.count(1)


def create(conninfo, name, model):
    """As files: by way of the log, block by block, takes twice as long."""
    server = Hubmeter(conninfo, "postgres", None)
    server.sql(f'CREATE DATABASE "{name}" TEMPLATE "{model}" STRATEGY file_copy')


class Templates:
    """What functions make of databases, once each: fill(hubmeter) writes files in its directory, imports, rates."""

    def __init__(self, conninfo, directories):
        self.conninfo, self.directories = conninfo, directories
        self.filled = {}

    def of(self, fill, base=None):
        """(name, directory) of what @fill made of a copy of what @base made, or of a migrated database."""
        key = fill, base
        if key not in self.filled:
            model, files = self.of(base) if base else (MIGRATED, None)
            name = f"{fill.__name__}_{next(numbers)}"
            directory = self.directories.mktemp(name)
            if files:
                shutil.copytree(files, directory, dirs_exist_ok=True)
            create(self.conninfo, name, model)
            fill(Hubmeter(self.conninfo, name, directory))
            self.filled[key] = name, directory
        return self.filled[key]


@contextlib.contextmanager
def database(request, conninfo, files, name):
    """The command line on a copy of @name, which goes with the test: a file of tests makes a hundred."""
    copy = re.sub(r"\W+", "_", f"{request.path.stem}_{request.node.name}").lower()[:55]
    copy = f"{copy}_{next(numbers)}"  # long names of tests begin alike
    create(conninfo, copy, name)
    yield Hubmeter(conninfo, copy, files)
    Hubmeter(conninfo, "postgres", None).sql(f'DROP DATABASE "{copy}" WITH (FORCE)')

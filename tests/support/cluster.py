"""PostgreSQLs of the tests' own. What takes seconds or more is done once for a build: clusters that are kept there, and
everybody begins with a copy of one. What they do to theirs is seen by nobody else.
"""
import contextlib
import datetime
import fcntl
import glob
import hashlib
import os
import shutil
import subprocess
import tempfile

from project import BUILD, SOURCE, program

SERVICES = os.path.join(SOURCE, "deploy/local/services")
SQL = os.path.join(SOURCE, "sql")
CLUSTERS = os.path.join(BUILD, "tests/clusters")


def services(*arguments):
    return subprocess.run([SERVICES, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def target(answer):
    """How to reach what services has started and said."""
    return answer.split("HUBMETER_POSTGRES='")[1].split("'")[0]


@contextlib.contextmanager
def private_home():
    """A directory for the services, and nothing of it afterwards."""
    directory = tempfile.mkdtemp(prefix="hubmeter-pg-", dir="/tmp")
    os.chmod(directory, 0o755)  # PostgreSQL runs as another user when we are root
    home = os.path.join(directory, "services")
    try:
        yield home
    finally:
        services("clean", "--dir", home)
        shutil.rmtree(directory, ignore_errors=True)


def migrate(conninfo):
    """The schema in the database hubmeter."""
    subprocess.run([program("hubmeter"), f"--postgres={conninfo}", "migrate", "--sql-dir", SQL], check=True,
                   stdout=subprocess.DEVNULL)


def federate(conninfo):
    """Beside it the database federation: a year of three institutions with budgets, funds, bills and fees, rated."""
    subprocess.run(["psql", conninfo, "-Xqc", "CREATE DATABASE federation TEMPLATE hubmeter"], check=True)
    command = [program("hubmeter"), "--postgres=" + conninfo.replace("dbname=hubmeter", "dbname=federation")]
    with tempfile.TemporaryDirectory() as directory:
        write_federation(directory)
        for words in ("demo", "load", "."), ("rate",):
            subprocess.run([*command, *words], cwd=directory, check=True, stdout=subprocess.DEVNULL)


def write_federation(directory):
    """The files of it."""
    subprocess.run([program("hubmeter"), "demo", "federation", "--seed", "1", "--scale", "small", "--directory",
                    directory], check=True, stdout=subprocess.DEVNULL)


# What is done to a new cluster, or to a copy of another one that is kept.
KEPT = {"migrated": (migrate, None), "federation": (federate, "migrated")}


def digest():
    """Another one for all that makes another cluster; and for another day, because some of it counts days until now."""
    said = hashlib.sha256(datetime.date.today().isoformat().encode())
    for path in [__file__, program("hubmeter"), SERVICES, os.path.join(SOURCE, "deploy/local/lib/postgres.sh"),
                 *sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres")), os.path.join(SQL, "manifest"),
                 *sorted(glob.glob(os.path.join(SQL, "**/*.sql"), recursive=True))]:
        with open(path, "rb") as file:
            said.update(f"{path} {os.path.getsize(path)}\n".encode() + file.read())
    return said.hexdigest()[:16]


def start(home, kind):
    """How to reach a PostgreSQL that begins as the cluster @kind; None is a new one."""
    with kept(kind) if kind else contextlib.nullcontext() as data:
        return target(services("start", "--postgres-only", "--no-sync", "--dir", home,
                               *(["--copy-of", data] if data else [])))


def make(kind, data):
    """@data appears whole or not at all."""
    do, model = KEPT[kind]
    with private_home() as home:
        do(start(home, model))
        made = services("status", "--postgres-only", "--dir", home).split(" data=")[1].split()[0]
        services("stop", "--dir", home)
        subprocess.run(["cp", "-a", made, data + ".new"], check=True)
        os.rename(data + ".new", data)


@contextlib.contextmanager
def kept(kind):
    """The data of a PostgreSQL that was stopped. They stay while this holds."""
    os.makedirs(CLUSTERS, exist_ok=True)
    mine = os.path.join(CLUSTERS, f"{kind}-{os.getuid()}")  # data are read by their user alone
    data = f"{mine}-{digest()}"
    with open(f"{mine}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not os.path.exists(data):
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(data):
                for old in glob.glob(f"{mine}-*"):
                    shutil.rmtree(old)
                make(kind, data)
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield data

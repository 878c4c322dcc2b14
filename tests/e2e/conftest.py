"""A private PostgreSQL and Kafka with the schema, for each test file, and a directory for its logs."""
import os
import shutil
import tempfile

import pytest

import cluster
from harness import Services, end_started


def pytest_configure(config):
    """Tests of a file share its services: what comes after a failure would only trip over it."""
    config.option.maxfail = 1


@pytest.fixture(scope="module")
def directory():
    path = tempfile.mkdtemp(prefix="hubmeter-e2e-", dir="/tmp")
    os.chmod(path, 0o755)  # PostgreSQL runs as another user when we are root
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def services(directory):
    with cluster.kept("migrated") as data:
        laboratory = Services(os.path.join(directory, "services"), "--no-sync", "--copy-of", data)
    try:
        yield laboratory
    finally:
        end_started()
        laboratory.clean()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failure shows the end of every program's log."""
    report = (yield).get_result()
    folder = item.funcargs.get("directory") if hasattr(item, "funcargs") else None
    if not report.failed or not folder:
        return
    for name in sorted(os.listdir(folder)):
        if name.endswith(".log"):
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as log:
                report.sections.append((f"{name} (end)", "".join(log.readlines()[-40:])))

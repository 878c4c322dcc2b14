"""The examples of --help: each can be pasted into a shell as it is, one after the other."""
import os
import re
import subprocess

import pytest

from command import SQL
from project import program

# In the order in which a site would use them; topic and doctor want a broker, import jupyterhub a hub.
COMMANDS = ["migrate", "import org", "import people", "import memberships", "import groups",
            "import members", "import prices", "import customers", "import rate-studies", "import fees",
            "import service-accounts", "import chart-segments", "import funds", "import amendments", "import plans",
            "import assignments", "import caps", "import budgets", "import stewards", "import readers",
            "import thresholds", "import closing", "plan check", "budget set",
            "prices plan", "prices apply", "import settlements", "import domains", "import bill-rules",
            "import bill-policies", "bill import", "bill status", "bill reconcile", "bill unmatched",
            "import usage", "import canvas", "import oneroster", "import coldfront", "void",
            "rate", "report departments", "report users", "report detail", "report nodes",
            "report funds", "report fees", "report coverage", "report unpriced", "report unknown-users",
            "report pending", "report rating", "report groups", "report courses", "report idle", "report market",
            "report economics", "report adjustments", "report suspense-age", "report completeness",
            "report reconciliation", "report active-users", "report department-months", "report tree",
            "report course-students", "report sizing", "report forecast", "export focus",
            "fund list", "fund show", "fund statement", "budget status", "alerts list", "metrics",
            "can-spawn", "lien list", "lien release", "suspense list",
            "suspense assign", "close list", "close verify", "ledger balance", "journal list",
            "demo federation"]


def example(command):
    text = subprocess.run([program("hubmeter"), *command.split(), "--help"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return re.search(r"\nExample:\n\n(.*)\n\nOptions: ", text, re.DOTALL)[1]


def test_examples_can_be_pasted(hubmeter):
    hubmeter.write("hubmeter.conf", f"postgres = {hubmeter.conninfo}\nsql_dir = {SQL}\n")
    environment = {"PATH": os.path.dirname(program("hubmeter")) + ":" + os.environ["PATH"],
                   "HUBMETER_CONFIG": str(hubmeter.files / "hubmeter.conf")}
    for command in COMMANDS:
        done = subprocess.run(["sh", "-e", "-c", example(command)], cwd=hubmeter.files, text=True,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    assert hubmeter.sql("SELECT username FROM org.alias") == "ada"
    assert hubmeter.sql("SELECT count(*) FROM price.book") == "3"


@pytest.mark.parametrize("command", ["topic create", "topic list", "ingest accept-gap", "ingest restart",
                                     "ingest quarantine", "ingest replay", "kafka grant", "kafka revoke", "doctor",
                                     "explain", "import jupyterhub", "plan approve", "alerts send", "admission",
                                     "demo load", "demo nodes", "demo usage", "close check", "close waive",
                                     "close begin", "close review", "close question", "close answer",
                                     "close repoint", "close finish", "close reopen", "journal export",
                                     "journal answer"])
def test_every_command_has_an_example(command):
    assert example(command).startswith(f"hubmeter {command}")

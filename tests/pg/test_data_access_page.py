"""docs/data-access.md: its programs run, and say to the last digit what the database says."""
import os
import re
import shutil
import subprocess
import sys

import pytest

from project import IN_CI, SOURCE

PAGE = os.path.join(SOURCE, "docs/data-access.md")
FIGURES = ("SELECT department, sum(amount), currency FROM report.department_cost WHERE institution = 'uni'"
           " AND month = '2026-10-01' GROUP BY department, currency ORDER BY department, currency")


def program(language):
    """The page's only program in @language."""
    with open(PAGE, encoding="utf-8") as file:
        text, = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    return text


def succeeds(*command):
    return shutil.which(command[0]) and subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def run(hubmeter, *command):
    """Its output; it learns from the environment alone where PostgreSQL is."""
    words = dict(word.split("=") for word in hubmeter.conninfo.split())
    environment = {**os.environ, **{name: words[word] for name, word in (
        ("PGHOST", "host"), ("PGPORT", "port"), ("PGDATABASE", "dbname"))}, "PGUSER": "hm_dashboard"}
    done = subprocess.run([*command, "uni", "2026-10"], env=environment, cwd=hubmeter.files, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(name="expected")
def what_the_view_says(loaded):
    loaded.ok("rate")
    loaded.sql("UPDATE org.unit SET code = 'chemistry, organic' WHERE code = 'biology'")
    return loaded.sql(FIGURES).replace("|", ",") + "\n"


def test_python(loaded, expected):
    found = [python for python in (sys.executable, "/usr/bin/python3") if succeeds(python, "-c", "import psycopg")]
    if not found and not IN_CI:
        pytest.skip("psycopg is missing (Debian package python3-psycopg)")
    assert "float" not in program("python")
    assert run(loaded, found[0], loaded.write("cost.py", program("python"))) == expected


def test_what_r_asks(loaded, expected):
    statement, = re.findall(r'dbGetQuery\(connection, "(.*?)"', program("r"), re.DOTALL)
    assert loaded.sql(f"PREPARE cost (text, date) AS {statement};"
                      "EXECUTE cost ('uni', '2026-10-01')").replace("|", ",") + "\n" == expected


def test_r(loaded, expected):
    """Where there is R; what it asks is tested everywhere."""
    if shutil.which("Rscript"):
        assert succeeds("Rscript", "-e", f"parse(text = r\"---({program('r')})---\")")
    if succeeds("Rscript", "-e", "library(DBI); library(RPostgres)"):
        assert run(loaded, "Rscript", loaded.write("cost.R", program("r"))) == expected

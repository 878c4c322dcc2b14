"""sql/manifest names every function, view and trigger file once, and each file makes what its path
says, with a comment and grants of its own.
"""
import os
import re

import pytest

from project import SOURCE
from source import project_files, read, refuse

CREATED = re.compile(r"^CREATE (?:OR REPLACE )?(FUNCTION|VIEW) ([\w.]+)", re.MULTILINE)


def manifest():
    lines = read(SOURCE, "sql", "manifest").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def replaceable_files():
    return sorted(path.removeprefix("sql/") for path in project_files()
                  if path.startswith("sql/") and path.endswith(".sql")
                  and not path.startswith("sql/schema/"))


def faults(path, text):
    created = CREATED.findall(text)
    folders = path.removesuffix(".sql").split("/")
    name = f"{folders[0]}.{folders[-1]}"  # a schema may have folders within
    if [found for _, found in created] != [name]:
        yield f"sql/{path}: does not make {name} and nothing else"
        return
    if f"COMMENT ON {created[0][0]} {name}" not in text:
        yield f"sql/{path}: no COMMENT ON {created[0][0]} {name}"
    if "RETURNS trigger" not in text and not re.search(r"^GRANT .* TO ", text,
                                                       re.MULTILINE | re.DOTALL):
        yield f"sql/{path}: nobody is granted it"


def test_manifest_names_every_file_once():
    assert sorted(manifest()) == replaceable_files()


def test_files_make_what_they_are_called():
    refuse(fault for path in manifest() for fault in faults(path, read(SOURCE, "sql", path)))


@pytest.mark.parametrize("text, fault", [
    ("CREATE VIEW report.b AS SELECT 1;", "does not make report.a"),
    ("CREATE VIEW report.a AS SELECT 1;", "no COMMENT ON VIEW report.a"),
    ("CREATE VIEW report.a AS SELECT 1;\nCOMMENT ON VIEW report.a IS '';", "nobody is granted"),
    ("CREATE VIEW report.a AS SELECT 1;\nCREATE FUNCTION report.c() x;", "nothing else"),
])
def test_faults_are_found(text, fault):
    assert any(fault in found for found in faults("report/a.sql", text))

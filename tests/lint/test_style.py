"""What CONVENTIONS.md says and a machine can see."""
import os
import re
import shutil
import subprocess
import sys
import warnings

import pytest

from project import SOURCE
from source import ROOMS, blank, code_of, numbered, project_files, read, refuse

LINES_PER_FUNCTION_MAX = 80
LINES_PER_FILE_MAX = 600
COLUMNS_MAX = {"c": 100, "h": 100}  # tabs count 8
COLUMNS_MAX_ELSE = 120
CLANG_FORMAT_OFF = "clang-format off"
CLANG_FORMAT_VERSION = 14  # Debian 12's
TAB = 8

UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
FLOAT_C = re.compile(r"\b(double|float)\b")
FLOAT_SQL = re.compile(r"\b(double\s+precision|float[48]?|real)\b", re.IGNORECASE)
SQL_COMMENT_OR_STRING = re.compile(r"/\*.*?\*/|--[^\n]*|'(?:[^']|'')*'", re.DOTALL)
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')
SLEEP = {
    "c": re.compile(r"\b(u|nano|clock_nano)?sleep\s*\("),
    "py": re.compile(r"\b(time\.|asyncio\.)sleep\s*\(|\bpg_sleep\b"),
    "sql": re.compile(r"\bpg_sleep\w*\s*\("),
    "sh": re.compile(r"(^|[;&|(]|\bdo|\bthen)\s*sleep\s+[\d$]|\bpg_sleep\b"),
}
TEXT = ("c", "h", "def", "proto", "sql", "py", "sh", "cmake", "md", "txt", "conf")


def kind_of(path):
    """The file's language by its name or its first line."""
    extension = os.path.splitext(path)[1].lstrip(".")
    if extension in TEXT or not os.path.isfile(os.path.join(SOURCE, path)):
        return extension
    with open(os.path.join(SOURCE, path), "rb") as file:
        first = file.readline()
    if first.startswith(b"#!"):
        return "py" if b"python" in first else "sh"
    return extension


def sql_code(text):
    return SQL_COMMENT_OR_STRING.sub(blank, text)


def unquoted(text):
    return STRING.sub('""', text)


def in_rooms(path):
    return path.split("/")[0] in ROOMS


def unfinished_faults(path, text):
    for number, line in numbered(text):
        if UNFINISHED.search(line):
            yield f"{path}:{number}: unfinished work belongs in an issue"


def float_faults(path, kind, text):
    code, pattern = (sql_code(text), FLOAT_SQL) if kind == "sql" else (code_of(text), FLOAT_C)
    for number, line in numbered(code):
        if pattern.search(line):
            yield f"{path}:{number}: no floating point for usage or money"


def sleep_faults(path, kind, text):
    code = code_of(text) if kind == "c" else text
    for number, line in numbered(code):
        if SLEEP[kind].search(line):
            yield f"{path}:{number}: no sleep in a test: wait on the event, with a deadline"


def size_faults(path, kind, text):
    """What a string says in SQL (COMMENT ON) or C (a message to grep for) may be long."""
    code = {"sql": sql_code, "c": unquoted, "h": unquoted}.get(kind, str)
    lines = code(text).splitlines()
    limit = COLUMNS_MAX.get(kind, COLUMNS_MAX_ELSE)
    if path.startswith("tests/sql/"):
        limit = sys.maxsize  # tables of cases
    if len(lines) > LINES_PER_FILE_MAX:
        yield f"{path}: {len(lines)} lines, at most {LINES_PER_FILE_MAX}: split it"
    for number, line in enumerate(lines, 1):
        if CLANG_FORMAT_OFF in line:
            limit = COLUMNS_MAX_ELSE
        if len(line.expandtabs(TAB)) > limit:
            yield f"{path}:{number}: {len(line.expandtabs(TAB))} columns, at most {limit}"


def function_faults(path, text):
    begin = None
    for number, line in numbered(text):
        if line == "{":
            begin = number
        elif line == "}" and begin:
            if number - begin - 1 > LINES_PER_FUNCTION_MAX:
                yield f"{path}:{begin}: function of {number - begin - 1} lines: split it"
            begin = None


def mode_faults(path, text):
    executable = os.access(os.path.join(SOURCE, path), os.X_OK)
    is_test = re.fullmatch(r"tests/(pg|sql|e2e|lint|deploy)/test_[^/]*(?<!\.c)(?<!\.sql)(?<!\.py)", path)
    if (text.startswith("#!") or is_test) and not executable:
        yield f"{path}: a script that is not executable"


def file_faults(path):
    kind = kind_of(path)
    if kind not in TEXT:
        return
    text = read(SOURCE, path)
    yield from unfinished_faults(path, text)
    yield from mode_faults(path, text)
    if kind in ("c", "h", "def", "sql") and (in_rooms(path) or path.startswith("sql/")):
        yield from float_faults(path, kind, text)
    if kind in SLEEP and path.startswith("tests/"):
        yield from sleep_faults(path, kind, text)
    if kind in ("c", "h", "sql", "py", "sh"):
        yield from size_faults(path, kind, text)
    if kind == "c":
        yield from function_faults(path, text)


FILES = [path for path in project_files() if not path.startswith("docs/man/")]


@pytest.mark.parametrize("top", sorted({path.split("/")[0] for path in FILES}))
def test_conventions(top):
    refuse(fault for path in FILES if path.split("/")[0] == top for fault in file_faults(path))


def output_of(package, *command):
    """What a tool of Debian's @package says about its arguments."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is missing (Debian package {package})")
    return subprocess.run(command, cwd=SOURCE, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False).stdout


def test_shellcheck():
    scripts = [path for path in FILES if kind_of(path) == "sh"]
    refuse(output_of("shellcheck", "shellcheck", "-x", "-f", "gcc", *scripts).splitlines())


def test_clang_format():
    """Every version of clang-format has its own taste: only one is the judge."""
    if f" {CLANG_FORMAT_VERSION}." not in output_of("clang-format", "clang-format", "--version"):
        warnings.warn(f"not clang-format {CLANG_FORMAT_VERSION}: the layout of C is not checked")
        return
    said = output_of("clang-format", "clang-format", "--dry-run", "-Werror",
                     *[path for path in FILES if path.endswith((".c", ".h"))])
    refuse(line for line in said.splitlines() if "-Wclang-format-violations" in line)


@pytest.mark.parametrize("faults", [
    unfinished_faults("a.c", "/* TO" "DO */"),
    float_faults("a.c", "c", "static double x;"),
    float_faults("a.sql", "sql", "SELECT 1::float8"),
    sleep_faults("a.c", "c", "\tusleep(10);"),
    sleep_faults("a", "sh", "while :; do sleep 1; done"),
    size_faults("a.c", "c", "\t" * 13),
    size_faults("a.c", "c", "\n" * (LINES_PER_FILE_MAX + 1)),
    function_faults("a.c", "{\n" + "\n" * 99 + "}\n"),
])
def test_each_rule_sees_what_it_is_for(faults):
    assert list(faults)


@pytest.mark.parametrize("faults", [
    float_faults("a.c", "c", '/* a double */ puts("float");'),
    float_faults("a.sql", "sql", "COMMENT ON x IS 'real'; -- real"),
    sleep_faults("a.c", "c", 'spawn("\tsleep (1)");'),
])
def test_what_only_looks_like_it_is_let_be(faults):
    refuse(faults)

"""Pages about the collector: the tests, events, options and roles that they name are there."""
import glob
import os
import re

import pytest

from project import SOURCE
from source import read, refuse

HUBS = sorted("docs/hubs/" + name for name in os.listdir(os.path.join(SOURCE, "docs/hubs")))
PAGES = ("docs/collector.md", "docs/security.md", "docs/tags.md", "docs/install.md", *HUBS)
TEST = re.compile(r"`(tests/[\w/]+)`")
EVENT = re.compile(r"`([a-z]+_[a-z_]+)(?: \w+=)?`")
SAID = re.compile(r'log_event\(\s*LOG_PRIORITY_\w+,\s*"(\w+)"')
OPTION = re.compile(r"^OPTION\((\w+),", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+)`:((?: test_\w+,?)+)")
CASE = re.compile(r"^\| \d+ \|.*", re.MULTILINE)
N_CASES = 20
ROLE = re.compile(r"\bhm_[a-z_]+\b")
OTHERS = {"report.node_reconciliation", "residual_split", "unit_name_template", "producer_byte_rate"}


def known():
    sources = "\n".join(read(path) for path in glob.glob(os.path.join(SOURCE, "collector/**/*.c"), recursive=True))
    options = [name for program in ("collector", "aggregator")
               for name in OPTION.findall(read(os.path.join(SOURCE, program, "options.def")))]
    schema = "\n".join(read(path) for path in glob.glob(os.path.join(SOURCE, "sql/schema/*.sql")))
    return set(SAID.findall(sources)) | set(options) | set(ROLE.findall(schema)) | OTHERS


def has_function(test, name):
    """Whether a file of @test defines it: a C function that its main() runs, or a function of pytest."""
    texts = [read(path) for path in glob.glob(os.path.join(SOURCE, test + ".*"))]
    return any(re.search(rf"^def {name}\(", text, re.MULTILINE) or
               (f"static void {name}(void **state)" in text and len(re.findall(rf"\b{name}\b", text)) > 1)
               for text in texts)


def unnamed(text):
    """Functions that are said to be in a test and are not; cases that no function stands for."""
    faults = [f"no {name}() in {test}" for test, names in NAMED.findall(text)
              for name in re.findall(r"test_\w+", names) if not has_function(test, name)]
    return faults + [f"no function stands for: {case}" for case in CASE.findall(text) if not NAMED.search(case)]


def faults_of(text):
    paths = {name: os.path.join(SOURCE, name) for name in TEST.findall(text)}
    faults = unnamed(text)
    faults += [f"no test {name}" for name, path in paths.items()
              if not os.path.isdir(path) and not glob.glob(path + ".*")]
    return faults + [f"no event or option {name}" for name in EVENT.findall(text) if name not in known()]


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_is_there(page):
    refuse([f"{page}: {fault}" for fault in faults_of(read(os.path.join(SOURCE, page)))])


def test_each_case_is_there_once():
    page = read(os.path.join(SOURCE, "docs/collector.md"))
    assert [int(case.split()[1]) for case in CASE.findall(page)] == list(range(1, N_CASES + 1))


@pytest.mark.parametrize("text", ("`tests/unit/test_of_nothing`", "`spool_never_says_this`",
                                  "`spool_full lost=` `no_option`",
                                  "`tests/unit/collector/test_tick`: test_law, test_of_nothing",
                                  "`tests/e2e/test_ends`: test_of_nothing",
                                  "| 1 | a case | `tests/unit/collector/test_tick` |"))
def test_what_is_not_there_is_noticed(text):
    assert len(faults_of(text)) == 1

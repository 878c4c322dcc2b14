"""Pages about the collector: the tests, events and options that they name are there."""
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
OTHERS = {"report.node_reconciliation", "residual_split", "unit_name_template"}


def known():
    sources = "\n".join(read(path) for path in glob.glob(os.path.join(SOURCE, "collector/**/*.c"), recursive=True))
    options = OPTION.findall(read(os.path.join(SOURCE, "collector/options.def")))
    return set(SAID.findall(sources)) | set(options) | OTHERS


def faults_of(text):
    paths = {name: os.path.join(SOURCE, name) for name in TEST.findall(text)}
    faults = [f"no test {name}" for name, path in paths.items()
              if not os.path.isdir(path) and not glob.glob(path + ".*")]
    return faults + [f"no event or option {name}" for name in EVENT.findall(text) if name not in known()]


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_is_there(page):
    refuse([f"{page}: {fault}" for fault in faults_of(read(os.path.join(SOURCE, page)))])


@pytest.mark.parametrize("text", ("`tests/unit/test_of_nothing`", "`spool_never_says_this`",
                                  "`spool_full lost=` `no_option`"))
def test_what_is_not_there_is_noticed(text):
    assert len(faults_of(text)) == 1

"""docs/readers: what they name is there. Pages, commands, views, columns of readers' rows, pictures and other pages."""
import glob
import os
import re
import subprocess

import pytest

from project import PROGRAMS, SOURCE, program
from source import read, refuse

FOLDER = "docs/readers"
PAGES = sorted(os.path.basename(path) for path in glob.glob(os.path.join(SOURCE, FOLDER, "*.md")))
READERS = {"operator.md", "instructor.md", "pi.md", "finance.md", "provost.md", "dashboard-author.md"}
SECTION = re.compile(r"^## How (you are|your program is) let in\b", re.MULTILINE)
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
VIEW = re.compile(r"\breport\.([a-z_]+)")
MADE = re.compile(r"CREATE (?:VIEW|FUNCTION) report\.([a-z_]+)")
LINES_MAX = 80
PICTURE_BYTES_MAX, PICTURES_BYTES_MAX = 150 * 1024, 1200 * 1024


def sources(pattern):
    return "\n".join(read(path) for path in glob.glob(os.path.join(SOURCE, pattern), recursive=True))


VIEWS = set(MADE.findall(sources("sql/report/**/*.sql")))
ADDRESSES = {""} | set(re.findall(r'\.path = "([a-z-]*)"', sources("dashboard/**/*.c")))
ADDRESSES |= {name + ".csv" for name in re.findall(r'\.name = "(\w+)",\n\t\.title', sources("dashboard/page/*.c"))}
FILTERS = set(re.findall(r'\[FILTER_\w+\] = "(\w+)"', sources("dashboard/filter.c")))


@pytest.fixture(scope="module", name="commands")
def what_the_program_knows():
    said = subprocess.run([program("hubmeter"), "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
    known = set()
    for line in re.findall(r"^  ([a-z].*?)(?:  |$)", said, re.MULTILINE):
        words = re.match(r"[a-z -]*[a-z]\b", line)[0].split()
        known |= {" ".join(words[:n]) for n in (1, 2, 3)}
    return known


def words_of(span):
    """Of "hubmeter import readers FILE.csv --x": import readers"""
    words = []
    for word in span.split()[1:]:
        if not re.fullmatch(r"[a-z][a-z-]*", word):
            break
        words.append(word)
    return words


def span_faults(span, commands):
    program_name = re.match(r"[a-z-]+", span)
    if span.startswith("/"):
        path, _, query = span[1:].partition("?")
        if path not in ADDRESSES | {"healthz"}:
            yield f"no page of the dashboard: {span}"
        for argument in filter(None, query.split("&")):
            if argument.split("=")[0] not in FILTERS:
                yield f"no argument of a page: {argument}"
    elif span.startswith("hubmeter "):
        if not words_of(span) or " ".join(words_of(span)) not in commands:
            yield f"no command: {span}"
    elif program_name and program_name[0].startswith("hubmeter-"):
        if program_name[0] not in PROGRAMS.values():
            yield f"no program: {span}"
    elif span.startswith("deploy/") and not os.path.exists(os.path.join(SOURCE, span)):
        yield f"no file: {span}"


def page_faults(page, text, commands):
    spans = SPAN.findall(FENCE.sub("", text))
    said = [fault for span in spans for fault in span_faults(span, commands)]
    said += [f"no view: report.{name}" for name in VIEW.findall(text) if name not in VIEWS]
    said += [f"leads nowhere: {target}" for _, target in LINK.findall(text)
             if not os.path.exists(os.path.join(SOURCE, FOLDER, target))]
    return [f"{page}: {fault}" for fault in said]


def test_every_reader_has_a_page():
    assert READERS == set(PAGES)
    for page in ("README.md", "docs/architecture.md"):
        text = read(SOURCE, page)
        refuse(f"{page} does not lead to {name}" for name in PAGES if f"readers/{name}" not in text)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_is_there(page, commands):
    refuse(page_faults(page, read(SOURCE, FOLDER, page), commands))


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_alike(page):
    """The question, the picture that answers it, how to get there, who is let in, what is not seen."""
    text = read(SOURCE, FOLDER, page)
    assert len(text.splitlines()) <= LINES_MAX
    assert re.match(r"# For .*\n\n\*\*[^*]+\?\*\*\n\n!\[[^\]]+\]\(\.\./images/\w+\.png\)\n\n", text)
    assert SECTION.search(text)
    assert "## What you can't see, and why\n" in text and "## More\n" in text
    assert "hubmeter import readers" in text


def test_pictures_are_used_and_small():
    pictures = glob.glob(os.path.join(SOURCE, "docs/images/*.png"))
    shown = {os.path.basename(target) for page in PAGES for mark, target in LINK.findall(read(SOURCE, FOLDER, page))
             if mark}
    assert {os.path.basename(path) for path in pictures} == shown
    sizes = [os.path.getsize(path) for path in pictures]
    assert max(sizes) <= PICTURE_BYTES_MAX and sum(sizes) <= PICTURES_BYTES_MAX


@pytest.mark.parametrize("text", [
    "`/no-such-page`", "`/department?colour=red`", "`hubmeter report dogs`", "`hubmeter-cat`", "`deploy/none`",
    "`report.dogs`", "SELECT * FROM report.dogs", "[x](none.md)", "![x](../images/none.png)"])
def test_what_is_not_there_is_noticed(text, commands):
    assert page_faults("page", text, commands)

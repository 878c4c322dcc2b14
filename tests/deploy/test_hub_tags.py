"""What a hub's configuration makes of a link or a choice: deploy/jupyterhub/hubmeter_tags.py without a hub."""
import os
import sys
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode

import pytest

from project import SOURCE

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(SOURCE, "deploy/jupyterhub"))
import hubmeter_tags as tags  # noqa: E402 pylint: disable=wrong-import-position

STAT = "https://github.com/example/stat-101"
COURSES = {STAT: "stat-101", "https://git.example.edu:8443/bio/lab.git": "bio"}
PROJECTS = {"lab-x": "Lab <X>", "lab-y": "Lab Y"}


class Request:
    """The request of a spawn, as its handler shows it."""

    def __init__(self, query):
        self.query = parse_qs(query)

    def get_query_arguments(self, name):
        return self.query.get(name, [])


def link(*repositories, path="/user/ada/git-pull", more=()):
    return f"{path}?{urlencode([*[('repo', url) for url in repositories], *more])}"


def spawner(next_url=None, **attributes):
    query = "" if next_url is None else urlencode({"next": next_url})
    return SimpleNamespace(handler=Request(query), environment={"LANG": "C"}, user_options={}, **attributes)


def tag_after(hook, *arguments, **attributes):
    one = spawner(*arguments, **attributes)
    hook(one)
    return one.environment.get("HUBMETER_TAG")


@pytest.mark.parametrize("url, name", [
    (STAT, "github.com/example/stat-101"),
    (STAT + "/", "github.com/example/stat-101"),
    (STAT + ".git", "github.com/example/stat-101"),
    ("http://GitHub.com/example/stat-101?tab=readme#top", "github.com/example/stat-101"),
    ("https://git.example.edu:8443/bio/lab.git", "git.example.edu:8443/bio/lab"),
    ("https://github.com/example/Stat-101", "github.com/example/Stat-101"),
    ("git@github.com:example/stat-101", None),
    ("ssh://github.com/example/stat-101", None),
    ("https://github.com@evil.example/example/stat-101", None),
    ("https://github.com", None),
    ("https://github.com:port/example/stat-101", None),
    ("https://[/example", None),
    ("", None),
])
def test_repository(url, name):
    assert tags.repository(url) == name


@pytest.mark.parametrize("next_url, tag", [
    (link(STAT), "stat-101"),
    (link(STAT + ".git", more=[("branch", "main"), ("urlpath", "tree/stat-101/")]), "stat-101"),
    (link(STAT, path="/jupyter/user/ada/second/git-pull"), "stat-101"),
    ("https://hub.example.edu" + link(STAT), "stat-101"),
    (link("https://git.example.edu:8443/bio/lab"), "bio"),
    (link(STAT, STAT), "stat-101"),
    (link(STAT, "https://github.com/example/other"), None),
    (link("https://github.com/example/stat-1011"), None),
    (link("https://github.com/example/stat-101/sub"), None),
    (link("https://evil.example/?" + STAT), None),
    (link(STAT, path="/user/ada/lab/tree"), None),
    ("/user/ada/lab?" + link(STAT), None),
    (link(), None),
    ("//[" + link(STAT), None),
    ("", None),
    (None, None),
])
def test_link(next_url, tag):
    assert tag_after(tags.hook(tags.from_link(COURSES)), next_url) == tag


def test_a_spawn_without_a_request_has_no_link():
    one = spawner()
    one.handler = None
    tags.hook(tags.from_link(COURSES))(one)
    assert one.environment == {"LANG": "C"}


def test_the_last_page_counts():
    """As in the hub, which goes to that one."""
    one = spawner()
    one.handler.query = {"next": [link(STAT), "/user/ada/lab"]}
    tags.hook(tags.from_link(COURSES))(one)
    assert one.environment == {"LANG": "C"}


def test_a_course_without_a_repository_is_refused():
    with pytest.raises(ValueError, match="stat-101"):
        tags.from_link({"stat-101": "stat-101"})


def test_choice():
    hook = tags.hook(tags.from_choice(PROJECTS))
    one = spawner()
    for options, tag in ((tags.options_from_form({"hubmeter_tag": ["lab-x"]}), "lab-x"),
                         (tags.options_from_form({"hubmeter_tag": [""]}), None),
                         (tags.options_from_form({}), None), ({}, None), (None, None)):
        one.user_options = options
        hook(one)
        assert one.environment.get("HUBMETER_TAG") == tag
    one.user_options = {"hubmeter_tag": "everybody-else"}
    with pytest.raises(ValueError, match="everybody-else"):
        hook(one)
    one.user_options = {"hubmeter_tag": ["lab-x"]}  # by the API, where a list is none of the choices
    with pytest.raises((ValueError, TypeError)):
        hook(one)


def test_the_form_offers_what_is_accepted():
    form = tags.options_form(PROJECTS)
    for text in ('name="hubmeter_tag"', '<option value="lab-x">Lab &lt;X&gt;</option>', '<option value="lab-y">',
                 '<option value="">'):
        assert text in form


def test_the_first_way_that_finds_one():
    hook = tags.hook(tags.from_link(COURSES), tags.from_choice(PROJECTS))
    one = spawner(link(STAT))
    one.user_options = {"hubmeter_tag": "lab-x"}
    hook(one)
    assert one.environment["HUBMETER_TAG"] == "stat-101"
    one.handler = Request("")
    hook(one)
    assert one.environment["HUBMETER_TAG"] == "lab-x"


def test_a_pod_is_told_by_an_annotation_and_forgets_the_last_spawn():
    hook = tags.hook(tags.from_link(COURSES))
    shared, annotations = {"LANG": "C"}, {"team": "a"}
    one = spawner(link(STAT), extra_annotations=annotations)
    one.environment = shared
    hook(one)
    assert one.extra_annotations == {"team": "a", "hubmeter/tag": "stat-101"}
    assert (shared, annotations) == ({"LANG": "C"}, {"team": "a"})  # the hub's own are left alone
    one.handler = Request("")
    hook(one)
    assert (one.environment, one.extra_annotations) == ({"LANG": "C"}, {"team": "a"})

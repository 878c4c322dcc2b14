"""One row in options.def is one option everywhere: in --help, --dump-config, the manual page and
the sample file, and nothing is there that is not an option.
"""
import os
import re
import subprocess

import pytest

from project import PROGRAMS, SOURCE, program
from source import read, refuse

ROW = re.compile(r"^OPTION\(\s*(\w+)\s*,\s*(\w+)\s*,\s*(\"(?:\\.|[^\"])*\"|\w+)\s*,", re.MULTILINE)
ASSIGNMENT = re.compile(r"^#?\s?([a-z][a-z0-9_]*)\s*=", re.MULTILINE)
MENTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9_-]*[a-z0-9])(?![\w-]|\.[a-z])")
BUILT_IN = {"config", "dump-config", "help", "version"}
EXAMPLE = {"TEXT": "example", "UINT": "1", "BOOL": "yes", "DURATION": "1s", "SIZE": "1MiB"}


def options_of(room):
    """{name: (type, default as C text)}"""
    if not os.path.exists(os.path.join(SOURCE, room, "options.def")):
        return {}
    return {name: (kind, default) for name, kind, default in ROW.findall(
        read(SOURCE, room, "options.def"))}


def dashed(names):
    return {name.replace("_", "-") for name in names}


def difference(where, expected, found):
    return [f"{where}: --{name} is missing" for name in sorted(expected - found)] + [
        f"{where}: --{name} is no option" for name in sorted(found - expected)]


@pytest.fixture(params=sorted(PROGRAMS))
def room(request):
    return request.param


@pytest.fixture
def name(room):
    return PROGRAMS[room]


@pytest.fixture
def options(room):
    found = options_of(room)
    assert found, f"{room}/options.def: no options found"
    return found


def manual_page(name):
    for section in "18":
        path = f"docs/man/{name}.{section}"
        if os.path.exists(os.path.join(SOURCE, path)):
            return path
    return pytest.fail(f"docs/man/{name}.1 or .8 is missing")


def test_manual_page(name, options):
    path = manual_page(name)
    text = re.sub(r"\\f[A-Z]|\\f\[\w*\]|\\&", "", read(SOURCE, path).replace("\\-", "-"))
    found = set(MENTION.findall(text))
    refuse(difference(path, dashed(options) | BUILT_IN, dashed(found) - {"kafka"}))


def test_sample_file(name, options):
    text = read(SOURCE, "deploy", name + ".conf")
    shown = dict(re.findall(r"^#([a-z][a-z0-9_]*) =[ ]?(.*)$", text, re.MULTILINE))
    faults = [f"{option} = {shown[option]}: the default is {default}"
              for option, (_, default) in options.items()
              if option in shown and default[0] == '"' and shown[option] != default[1:-1]]
    found = set(ASSIGNMENT.findall(text))
    refuse(faults + difference(f"deploy/{name}.conf", dashed(options), dashed(found)))


def output(name, *arguments):
    done = subprocess.run([program(name), *arguments], check=False, text=True,
                          env={"HUBMETER_CONFIG": "/dev/null"}, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    assert done.returncode == 0, f"{name} {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def test_help(name, options):
    found = set(MENTION.findall(output(name, "--help")))
    refuse(f"{name} --help: --{option} is missing"
           for option in sorted((dashed(options) | BUILT_IN) - dashed(found)))


def needed(options):
    return [f"--{option.replace('_', '-')}={EXAMPLE[kind]}"
            for option, (kind, default) in options.items() if default == "NULL"]


def without_comments(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_dump_config_is_a_configuration_file_that_means_the_same(name, options, tmp_path):
    first = output(name, *needed(options), "--dump-config")
    file = tmp_path / "dumped.conf"
    file.write_text(first, encoding="utf-8")
    again = output(name, "--config", str(file), "--dump-config")
    assert without_comments(again) == without_comments(first)
    found = set(ASSIGNMENT.findall(first))
    refuse(difference(f"{name} --dump-config", dashed(options), dashed(found)))


def test_sample_file_is_accepted(name, options):
    sample = os.path.join(SOURCE, "deploy", name + ".conf")
    output(name, "--config", sample, *needed(options), "--dump-config")

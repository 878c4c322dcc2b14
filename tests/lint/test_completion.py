"""The shells complete what the program knows: its commands, their words and options, nothing else."""
import os
import re
import shutil
import subprocess
import warnings

import pytest

from project import SOURCE, program
from source import read

BASH = os.path.join(SOURCE, "deploy/completion/hubmeter.bash")
ZSH = os.path.join(SOURCE, "deploy/completion/_hubmeter")

# What import takes and void does not.
NO_KIND = {"usage", "canvas", "oneroster", "coldfront", "jupyterhub", "bill-rules", "bill-policies",
           "rate-studies", "fees", "service-accounts", "chart-segments", "funds", "amendments",
           "budgets", "thresholds", "closing"}

# bash itself reads "--format=cs" as three words
DRIVER = """
. "$1"
shift
COMP_WORDS=(hubmeter "$@")
COMP_CWORD=$#
_hubmeter
printf '%s\\n' "${COMPREPLY[@]}"
"""


def bash(*words):
    """What bash offers for the last of @words."""
    done = subprocess.run(["bash", "--norc", "-c", DRIVER, "bash", BASH, *words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def known():
    """Options, and {command: its words}, as --help lists them."""
    text = subprocess.run([program("hubmeter"), "--help"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    options = set(re.findall(r"^  (--[\w.-]+)", text, re.MULTILINE)) - {"--kafka.SETTING"}
    commands = {}
    for line in text.split("\nCommands:\n")[1].splitlines():
        words = re.match(r"  ([a-z-]+)(?: ([a-z-]+))?(?=  | [A-Z[])", line)
        if words:
            commands.setdefault(words[1], set()).update({words[2]} - {None})
    commands["void"] = commands["import"] - NO_KIND
    return options | {"--kafka.bootstrap.servers"}, commands


def test_bash_knows_all_options(known):
    assert bash("--") == known[0]
    assert bash("report", "users", "--") == known[0]


def test_bash_knows_all_commands(known):
    commands = known[1]
    assert bash("") == set(commands)
    for command, words in commands.items():
        assert bash(command, "") == words
        assert bash("--exact", "--postgres", "host=h", "--format", "=", "csv", command, "") == words


@pytest.mark.parametrize("words, offered", [
    (("r",), {"rate", "report"}),
    (("report", "dep"), {"departments", "department-months"}),
    (("--format", ""), {"table", "csv", "json"}),
    (("--format", "c"), {"csv"}),
    (("--format", "="), {"table", "csv", "json"}),
    (("--format", "=", "j"), {"json"}),
    (("--month", "l"), {"last"}),
    (("--postgres", ""), set()),
    (("report", "users", ""), set()),
    (("--dump-",), {"--dump-config"}),
])
def test_bash(words, offered):
    assert bash(*words) == offered


def test_zsh_names_the_same(known):
    text = read(ZSH)
    options, commands = known
    assert set(re.findall(r"^\t\t'(--[\w.-]+)", text, re.MULTILINE)) == options
    described = text.split("local -a commands=(")[1].split("\n\t)")[0]
    assert set(re.findall(r"^\t\t['\"]([a-z-]+):", described, re.MULTILINE)) == set(commands)
    words = {command: set(names.split()) for command, names in
             re.findall(r"^\t([a-z]+)\) _values [a-z]+ ([a-z -]+) ;;", text, re.MULTILINE)}
    assert words == {command: names for command, names in commands.items() if names}


def test_zsh_can_read_it():
    if not shutil.which("zsh"):
        warnings.warn("zsh is not installed: it does not read its completion")
        return
    subprocess.run(["zsh", "-n", ZSH], check=True)

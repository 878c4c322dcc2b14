"""docs/charges.md: the files of its example, its commands, and what they say."""
import os
import re
import subprocess

import pytest

from harness import aggregator
from project import SOURCE, program

FENCE = re.compile(r"(?:^`(?P<name>[\w.]+)`:\n\n)?^```(?P<kind>csv|console)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)


def matches(said, expected):
    """As in doctests, "..." stands for anything within a line."""
    return re.fullmatch(re.escape(expected).replace(re.escape("..."), "[^\n]*"), said)


def commands(text):
    """(script, what it says) of a block, line by line."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        script, _, says = part.partition("\n")
        yield script, says


@pytest.fixture(name="page")
def page_blocks():
    with open(os.path.join(SOURCE, "docs/charges.md"), encoding="utf-8") as file:
        return list(FENCE.finditer(file.read()))


def test_the_example(services, directory, page):
    services.cli("topic", "create", "lab-hub")
    aggregator(services, directory).start()
    configuration = os.path.join(directory, "hubmeter.conf")
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(f"postgres = {services.postgres}\nkafka.bootstrap.servers = {services.kafka}\n")
    environment = {"PATH": os.path.dirname(program("hubmeter")) + ":" + os.environ["PATH"],
                   "HUBMETER_CONFIG": configuration}
    variables, run = "", 0
    for block in page:
        if block["kind"] == "csv":
            with open(os.path.join(directory, block["name"]), "w", encoding="utf-8") as file:
                file.write(block["text"])
            continue
        for script, says in commands(block["text"]):
            if re.match(r"\w+=\$\(", script):
                variables += script + "\n"
                continue
            done = subprocess.run(["sh", "-ec", variables + script], cwd=directory, env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            assert done.returncode == 0, done.stderr
            assert matches(done.stdout.rstrip("\n"), says.rstrip("\n")), f"$ {script}\n{done.stdout}"
            run += 1
    assert run > 8

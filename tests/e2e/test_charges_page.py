"""docs/charges.md: the files of its example, its commands, and what they say."""
import os
import re
import subprocess

from harness import aggregator
from page import blocks, commands, matches
from project import program


def test_the_example(services, directory):
    services.cli("topic", "create", "lab-hub")
    aggregator(services, directory).start()
    configuration = os.path.join(directory, "hubmeter.conf")
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(f"postgres = {services.postgres}\nkafka.bootstrap.servers = {services.kafka}\n")
    environment = {"PATH": os.path.dirname(program("hubmeter")) + ":" + os.environ["PATH"],
                   "HUBMETER_CONFIG": configuration}
    variables, run = "", 0
    for block in blocks("docs/charges.md"):
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

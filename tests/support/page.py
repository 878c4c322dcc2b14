"""Pages of docs/ that show files and commands: what they are, and whether a command says what is shown."""
import os
import re

from project import SOURCE

FENCE = re.compile(r"(?:^`(?P<name>[\w.]+)`:\n\n)?^```(?P<kind>csv|console)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)


def blocks(path):
    """Its fenced blocks: name (of a file), kind and text."""
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return list(FENCE.finditer(file.read()))


def commands(text):
    """(script, what it says) of a block, line by line."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        script, _, says = part.partition("\n")
        yield script, says


def matches(said, expected):
    """As in doctests, "..." stands for anything within a line."""
    return re.fullmatch(re.escape(expected).replace(re.escape("..."), "[^\n]*"), said)

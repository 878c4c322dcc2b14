"""What the lint tests share: the project's files, C without its comments, and reporting."""
import os
import re
import subprocess

import pytest

from project import SOURCE

ROOMS = ("include", "common", "proto", "collector", "fetch", "aggregator", "cli",
         "dashboard")

COMMENT_OR_STRING = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
                               re.DOTALL)


def read(*path):
    with open(os.path.join(*path), encoding="utf-8", errors="replace") as file:
        return file.read()


def blank(match):
    """The same number of lines, so that line numbers stay true."""
    return '""' if match[0][0] in "\"'" else " " + "\n" * match[0].count("\n")


def code_of(text):
    return COMMENT_OR_STRING.sub(blank, text)


def numbered(text):
    return enumerate(text.splitlines(), 1)


def project_files():
    """Paths of the project's own files: what git would track, or all but build and dot folders."""
    listed = subprocess.run(["git", "-c", f"safe.directory={SOURCE}", "-C", SOURCE, "ls-files",
                             "-z", "--cached", "--others", "--exclude-standard"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
    else:
        names = []
        for folder, folders, files in os.walk(SOURCE):
            folders[:] = [f for f in folders if f not in ("build", ".git", ".local", "__pycache__")]
            names += [os.path.relpath(os.path.join(folder, f), SOURCE) for f in files]
    return sorted(n for n in names if n and os.path.isfile(os.path.join(SOURCE, n)))


def refuse(faults):
    """Fail with the list of @faults, if there is one."""
    faults = list(faults)
    if faults:
        pytest.fail("\n".join([*faults, f"{len(faults)} faults"]), pytrace=False)

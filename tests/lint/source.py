"""What the lint tests share: the project's files, C without its comments, and reporting."""
import os
import re
import subprocess
import sys

SOURCE = os.environ.get("HUBMETER_SOURCE_DIR") or os.path.realpath(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BUILD = os.environ.get("HUBMETER_BUILD_DIR") or os.path.join(SOURCE, "build/dev")
IN_CI = os.environ.get("CI") == "true"

ROOMS = ("include", "common", "proto", "collector", "aggregator", "cli", "dashboard")
PROGRAMS = {"collector": "hubmeter-collector", "aggregator": "hubmeter-aggregator",
            "cli": "hubmeter"}

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


def report(violations):
    """Print them and exit with the truth."""
    for violation in violations:
        print(violation)
    print(f"{len(violations)} violations")
    sys.exit(1 if violations else 0)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(1 if IN_CI else 77)

"""Where the project's files and programs are, for every Python test."""
import os

SOURCE = os.environ.get("HUBMETER_SOURCE_DIR") or os.path.realpath(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BUILD = os.environ.get("HUBMETER_BUILD_DIR") or os.path.join(SOURCE, "build/dev")
IN_CI = os.environ.get("CI") == "true"

PROGRAMS = {"collector": "hubmeter-collector", "aggregator": "hubmeter-aggregator",
            "cli": "hubmeter", "dashboard": "hubmeter-dashboard"}
HELPERS = {"fetch": "hubmeter-fetch"}  # started by programs: no configuration of their own


def program(name):
    room = next(room for room, known in (PROGRAMS | HELPERS).items() if known == name)
    return os.path.join(BUILD, room, name)

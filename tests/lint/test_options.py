#!/usr/bin/env python3
"""One row in options.def is one option everywhere: in --help, --dump-config, the manual page and
the sample file, and nothing is there that is not an option.
"""
import os
import re
import subprocess
import tempfile

from source import BUILD, PROGRAMS, SOURCE, read, report

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


def manual_faults(program, options):
    for section in "18":
        path = f"docs/man/{program}.{section}"
        if os.path.exists(os.path.join(SOURCE, path)):
            break
    else:
        return [f"docs/man/{program}.1 or .8 is missing"]
    text = re.sub(r"\\f[A-Z]|\\f\[\w*\]|\\&", "", read(SOURCE, path).replace("\\-", "-"))
    found = set(MENTION.findall(text))
    return difference(path, dashed(options) | BUILT_IN, dashed(found) - {"kafka"})


def sample_path(program):
    return os.path.join(SOURCE, "deploy", program + ".conf")


def sample_faults(program, options):
    if not os.path.exists(sample_path(program)):
        return [f"deploy/{program}.conf is missing"]
    text = read(sample_path(program))
    shown = dict(re.findall(r"^#([a-z][a-z0-9_]*) =[ ]?(.*)$", text, re.MULTILINE))
    faults = [f"deploy/{program}.conf: {name} = {shown[name]}: the default is {default}"
              for name, (_, default) in options.items()
              if name in shown and default[0] == '"' and shown[name] != default[1:-1]]
    found = set(ASSIGNMENT.findall(text))
    return faults + difference(f"deploy/{program}.conf", dashed(options), dashed(found))


def run(room, program, *arguments):
    done = subprocess.run([os.path.join(BUILD, room, program), *arguments], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


def binary_faults(room, program, options):
    if not os.path.exists(os.path.join(BUILD, room, program)):
        return [f"{program} is not built in {BUILD}"]
    faults = []
    status, text, _ = run(room, program, "--help")
    if status != 0:
        faults.append(f"{program} --help: exit status {status}")
    found = set(MENTION.findall(text))
    faults += [f"{program} --help: --{name} is missing"
               for name in sorted((dashed(options) | BUILT_IN) - dashed(found))]
    return faults + dump_faults(room, program, options)


def dump_faults(room, program, options):
    """What --dump-config prints is a configuration file that means the same."""
    needed = [f"--{name.replace('_', '-')}={EXAMPLE[kind]}"
              for name, (kind, default) in options.items() if default == "NULL"]
    status, first, errors = run(room, program, *needed, "--dump-config")
    if status != 0:
        return [f"{program} --dump-config: exit status {status}: {errors.strip()}"]
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(first)
        file.flush()
        status, second, errors = run(room, program, "--config", file.name, "--dump-config")
    if status != 0:
        return [f"{program}: its own --dump-config is refused: {errors.strip()}"]
    faults = [] if first == second else [f"{program}: --dump-config read back gives another one"]
    found = set(ASSIGNMENT.findall(first))
    faults += difference(f"{program} --dump-config", dashed(options), dashed(found))
    if os.path.exists(sample_path(program)):
        status, _, errors = run(room, program, "--config", sample_path(program), *needed,
                                "--dump-config")
        if status != 0:
            faults.append(f"deploy/{program}.conf is refused: {errors.strip()}")
    return faults


def faults_of(room, program):
    options = options_of(room)
    if not options:
        return [f"{room}/options.def: no options found"]
    return manual_faults(program, options) + sample_faults(program, options) + binary_faults(
        room, program, options)


if __name__ == "__main__":
    FAULTS = []
    for name in sorted(PROGRAMS):
        if os.path.isdir(os.path.join(SOURCE, name)):
            FAULTS += faults_of(name, PROGRAMS[name])
    report(FAULTS)

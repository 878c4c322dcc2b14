"""clang-tidy finds nothing in the programs and their libraries; .clang-tidy says what it looks for.

A file in which nothing was found is looked at again when anything changes that clang-tidy reads for it: the file, a
header, how it is compiled, what is looked for, clang-tidy itself. The names of those digests are in
${XDG_CACHE_HOME:-~/.cache}/hubmeter/clang-tidy; without that folder everything is looked at.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import time
import warnings

import pytest

from project import BUILD, SOURCE
from source import ROOMS, refuse

CLEAN = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "hubmeter/clang-tidy")
FORGOTTEN_AFTER_DAYS = 60
DEEP = ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=225000"] if os.environ.get("HUBMETER_DEEP") else []
VERSION = 14  # Debian 12's; every version finds other things, only one is the judge


@pytest.fixture(scope="module")
def clang_tidy():
    program = shutil.which("clang-tidy")
    if not program:
        pytest.skip("clang-tidy is missing (Debian package clang-tidy)")
    return program


@functools.cache
def version(clang_tidy):
    return subprocess.run([clang_tidy, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout


def is_judge(clang_tidy):
    return f"version {VERSION}." in version(clang_tidy)


def compiled_files():
    """{path: how it is compiled, each time it is}"""
    found = {}
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as file:
        for entry in json.load(file):
            path = os.path.relpath(entry["file"], SOURCE)
            if path.split("/")[0] in ROOMS:
                found.setdefault(path, []).append(entry["command"])
    return dict(sorted(found.items()))


def relative(text):
    """Elsewhere it is the same."""
    return text.replace(BUILD, "BUILD").replace(SOURCE, "SOURCE")


@functools.cache
def contents(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def digest(clang_tidy, commands):
    """Of all that is read for a file which is compiled by @commands."""
    said = hashlib.sha256(version(clang_tidy).encode())
    said.update(contents(os.path.join(SOURCE, ".clang-tidy")).encode())
    said.update(" ".join(DEEP).encode())
    for command in commands:
        words = shlex.split(command)
        output = words.index("-o")
        del words[output:output + 2]
        rule = subprocess.run([*words, "-M", "-MT", "it"], cwd=BUILD, stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        read = rule.removeprefix("it:").replace("\\\n", " ").split()
        said.update(relative(command).encode())
        for path in read:
            path = os.path.join(BUILD, path)
            said.update(f"\n{relative(path)} {contents(path)}".encode())
    return said.hexdigest()


def findings_anew(clang_tidy, path):
    """One process for each file: version 14 is confused by va_list in the second file of a run."""
    done = subprocess.run([clang_tidy, "--quiet", "-p", BUILD, *(f"--extra-arg={word}" for word in DEEP),
                           os.path.join(SOURCE, path)],
                          cwd=SOURCE, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    found = [line.replace(SOURCE + "/", "") for line in done.stdout.splitlines()
             if " warning: " in line or " error: " in line]
    return found or ([f"{path}: {done.stderr.strip()}"] if done.returncode != 0 else [])


def findings(clang_tidy, path, commands):
    """Nothing, where nothing was found before."""
    known = os.path.join(CLEAN, digest(clang_tidy, commands))
    if os.path.exists(known):
        os.utime(known)
        return []
    found = findings_anew(clang_tidy, path)
    if not found:
        with open(known, "w", encoding="utf-8"):
            pass
    return found


def forget():
    """What nobody has asked for in a long time."""
    oldest = time.time() - FORGOTTEN_AFTER_DAYS * 86400
    for entry in os.scandir(CLEAN):
        if entry.stat().st_mtime < oldest:
            os.unlink(entry.path)


def test_no_findings(clang_tidy):
    if not is_judge(clang_tidy):
        warnings.warn(f"not clang-tidy {VERSION}: C is not checked by it")
        return
    os.makedirs(CLEAN, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda file: findings(clang_tidy, *file), compiled_files().items())
    forget()
    refuse(sorted({line for lines in found for line in lines}))


def test_what_is_known_goes_with_what_is_read(clang_tidy, tmp_path):
    header, file = tmp_path / "f.h", tmp_path / "f.c"
    header.write_text("int f(void);\n", encoding="utf-8")
    file.write_text('#include "f.h"\n', encoding="utf-8")
    command = f"cc -o f.o -c {file}"
    seen = {digest(clang_tidy, [command]), digest(clang_tidy, [command]), digest(clang_tidy, [command + " -DX"])}
    for changed in header, file:
        changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        contents.cache_clear()
        seen.add(digest(clang_tidy, [command]))
    assert len(seen) == 4


def test_only_nothing_is_remembered(clang_tidy, tmp_path, monkeypatch):
    file = tmp_path / "f.c"
    file.write_text("int f(void);\n", encoding="utf-8")
    (tmp_path / "clean").mkdir()
    answers = iter([["a finding"], []])
    monkeypatch.setitem(globals(), "CLEAN", str(tmp_path / "clean"))
    monkeypatch.setitem(globals(), "findings_anew", lambda *_: next(answers))
    assert [findings(clang_tidy, str(file), [f"cc -o f.o -c {file}"]) for _ in range(3)] == [["a finding"], [], []]


def test_a_planted_fault_is_found(clang_tidy, tmp_path):
    if not is_judge(clang_tidy):
        return
    file = tmp_path / "planted.c"
    file.write_text("int f(int x);\nint f(int x)\n{\n\tif (x > 1 && x > 1)\n\t\treturn 1;\n"
                    "\treturn 0;\n}\n", encoding="utf-8")
    done = subprocess.run([clang_tidy, "--quiet", f"--config-file={SOURCE}/.clang-tidy", str(file),
                           "--"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    assert "misc-redundant-expression" in done.stdout

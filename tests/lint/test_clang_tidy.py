"""clang-tidy finds nothing in the programs and their libraries; .clang-tidy says what it looks for."""
import concurrent.futures
import json
import os
import shutil
import subprocess
import warnings

import pytest

from project import BUILD, SOURCE
from source import ROOMS, refuse

VERSION = 14  # Debian 12's; every version finds other things, only one is the judge


@pytest.fixture(scope="module")
def clang_tidy():
    program = shutil.which("clang-tidy")
    if not program:
        pytest.skip("clang-tidy is missing (Debian package clang-tidy)")
    return program


def is_judge(clang_tidy):
    said = subprocess.run([clang_tidy, "--version"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return f"version {VERSION}." in said


def compiled_files():
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as file:
        paths = {os.path.relpath(entry["file"], SOURCE) for entry in json.load(file)}
    return sorted(path for path in paths if path.split("/")[0] in ROOMS)


def findings(clang_tidy, path):
    """One process for each file: version 14 is confused by va_list in the second file of a run."""
    done = subprocess.run([clang_tidy, "--quiet", "-p", BUILD, os.path.join(SOURCE, path)],
                          cwd=SOURCE, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    found = [line.replace(SOURCE + "/", "") for line in done.stdout.splitlines()
             if " warning: " in line or " error: " in line]
    return found or ([f"{path}: {done.stderr.strip()}"] if done.returncode != 0 else [])


def test_no_findings(clang_tidy):
    if not is_judge(clang_tidy):
        warnings.warn(f"not clang-tidy {VERSION}: C is not checked by it")
        return
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: findings(clang_tidy, path), compiled_files())
    refuse(sorted({line for lines in found for line in lines}))


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

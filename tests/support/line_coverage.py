"""Which lines of the sources ran, as gcov counts them in a build with HUBMETER_COVERAGE."""
import glob
import json
import os
import subprocess


def forget(build):
    """Count from 0."""
    for counts in glob.glob(f"{build}/**/*.gcda", recursive=True):
        os.unlink(counts)


def lines(build, source):
    """{path from the top: {line: how often it ran}} of all that was compiled; headers count once."""
    found = {}
    for notes in glob.glob(f"{build}/**/*.gcno", recursive=True):
        said = subprocess.run(["gcov", "--json-format", "--stdout", notes], cwd=build, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        for file in (file for document in said.splitlines() for file in json.loads(document)["files"]):
            path = os.path.relpath(os.path.join(build, file["file"]), source)
            if not os.path.isfile(os.path.join(source, path)):
                continue  # compiled before it was renamed
            counts = found.setdefault(path, {})
            for line in file["lines"]:
                number = line["line_number"]
                counts[number] = counts.get(number, 0) + line["count"]
    return found

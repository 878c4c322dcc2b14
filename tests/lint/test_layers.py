"""Who may include what (CONVENTIONS.md, Layers). Fails when somebody crosses a layer.

Rules are checked on every .c, .h and .def file of the rooms, and once more on planted violations,
each of which must be found.
"""
import os
import re
import shutil
import subprocess

import pytest

from project import BUILD, SOURCE
from source import ROOMS, numbered, read, refuse

BASE = {"hubmeter", "common"}
MAY_INCLUDE = {
    "include": {"hubmeter"},
    "common": BASE,
    "proto": BASE | {"proto"},
    "collector": BASE | {"proto", "collector"},
    "fetch": BASE | {"fetch"},
    "aggregator": BASE | {"proto", "aggregator"},
    "cli": BASE | {"proto", "cli"},
    "dashboard": BASE | {"proto", "dashboard"},
}

# Foreign libraries by their headers, and the files of a room that own them: nobody else includes
# those. A module in several files shares a private header, which only those files include.
LIBRARIES = {
    "librdkafka": r"librdkafka/.*",
    "libpq": r"libpq.*|postgres_ext\.h|pg_config.*",
    "libuv": r"uv\.h|uv/.*",
    "libcsv": r"csv\.h",
    "yajl": r"yajl/.*",
    "zlib": r"zlib\.h",
    "libzip": r"zip\.h",
    "libcurl": r"curl/.*",
    "jansson": r"jansson\.h",
    "libcrypto": r"openssl/.*",
    "libmicrohttpd": r"microhttpd\.h",
    "protobuf-c": r"protobuf-c/.*|.*\.pb-c\.h",
}
OWNERS = {
    ("common", "libpq"): r"postgres/\w+\.[ch]",
    ("common", "librdkafka"): r"kafka/\w+\.[ch]",
    ("common", "libcurl"): r"http/http\.c",
    ("common", "libmicrohttpd"): r"metrics/(endpoint\.c|httpd\.[ch])",
    ("proto", "protobuf-c"): r"wire\.c",
    ("collector", "librdkafka"): r"publish/\w+\.[ch]",
    ("collector", "libuv"): r"(loop|disk)\.[ch]",
    ("collector", "libcsv"): r"source/command/text_csv\.c",
    ("collector", "yajl"): r"source/command/text_json\.c|source/json_walk\.c",
    ("aggregator", "librdkafka"): r"consume\.[ch]",
    ("aggregator", "libpq"): r"store/\w+\.[ch]",
    ("cli", "librdkafka"): r"broker/(\w+\.c|private\.h)",
    ("cli", "libpq"): r"store/\w+\.[ch]",
    ("cli", "libcsv"): r"format/csv_input\.c",
    ("cli", "zlib"): r"format/file\.c",
    ("cli", "libzip"): r"roster/archive\.c",
    ("cli", "libcrypto"): r"webhook/signature\.c",
    ("cli", "libmicrohttpd"): r"admission/admission\.c",
    ("dashboard", "libpq"): r"store/\w+\.[ch]",
    ("dashboard", "libcrypto"): r"sign_in/crypto\.c",
    ("dashboard", "libmicrohttpd"): r"server/server\.c",
    ("dashboard", "jansson"): r"sign_in/hub_answer\.c",
    ("cli", "jansson"): r"format/json_object\.c|roster/jupyterhub/page\.c|admission/request\.c",
}

# Whoever sees these sees the library.
LIBRARY_ROOMS = {
    "common/postgres/postgres.h": "libpq",
    "common/postgres/pipeline.h": "libpq",
    "common/postgres/copy.h": "libpq",
    "common/kafka/settings.h": "librdkafka",
    "common/metrics/httpd.h": "libmicrohttpd",
}

LIBC = re.compile(r"""(?:sys|linux|net|netinet|arpa|asm|sanitizer)/.*|(?:
    assert|byteswap|cpuid|ctype|dirent|dlfcn|elf|endian|err|errno|fcntl|fnmatch|ftw|getopt|glob|grp|
    immintrin|inttypes|langinfo|libgen|limits|locale|malloc|mntent|netdb|nmmintrin|arm_acle|poll|
    pthread|pwd|regex|sched|search|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|
    stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios|time|uchar|unistd|wchar|
    wctype)\.h""", re.VERBOSE)

MAIN_LINES_MAX = 120
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
EXIT = re.compile(r"(?<![\w_>.])exit\s*\(")


def library_of(header):
    return next((name for name, headers in LIBRARIES.items() if re.fullmatch(headers, header)),
                None)


def private_fault(path, header):
    """A folder's private.h belongs to the files beside it."""
    folder, name = os.path.split(header)
    if name != "private.h" or os.path.dirname(path) == folder:
        return None
    return f"{header} is private to {folder}/"


def include_fault(room, path, quote, header):
    """What is wrong with this #include, or None."""
    library = library_of(header) or LIBRARY_ROOMS.get(header)
    if library:
        owners = OWNERS.get((room, library), "no file")
        if re.fullmatch(owners, path.removeprefix(room + "/")):
            return None
        return f"{library} belongs to {owners} in {room}/"
    first = header.split("/")[0]
    if first == "hubmeter" or first in ROOMS:
        if first not in MAY_INCLUDE[room]:
            return f"{room}/ must not know {first}/"
        return private_fault(path, header)
    if quote == '"':
        return "include our headers by their path from the top, like common/log.h"
    return None if LIBC.fullmatch(header) else "neither libc nor a library of LIBRARIES"


def file_faults(room, path, text):
    for number, line in numbered(text):
        match = INCLUDE.match(line)
        fault = match and include_fault(room, path, match[1], match[2])
        if fault:
            yield f"{path}:{number}: {line.strip()}: {fault}"
        if not path.endswith("/main.c") and EXIT.search(line) and "/*" not in line:
            yield f"{path}:{number}: exit() outside main.c"
    if path.endswith("/main.c") and len(text.splitlines()) >= MAIN_LINES_MAX:
        yield f"{path}: main.c only wires, in under {MAIN_LINES_MAX} lines"


def files_of(room):
    for folder, _, files in os.walk(os.path.join(SOURCE, room)):
        for name in sorted(files):
            if name.endswith((".c", ".h", ".def")):
                yield os.path.relpath(os.path.join(folder, name), SOURCE)


@pytest.mark.parametrize("room", ROOMS)
def test_includes(room):
    refuse(fault for path in files_of(room) for fault in file_faults(room, path, read(SOURCE, path)))


def symbols(*arguments):
    listed = subprocess.run(["nm", "-P", *arguments], check=True, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return {line.split()[0].split("@")[0] for line in listed.splitlines() if len(line.split()) > 1}


def test_common_links_to_libc_alone():
    """common/ but for its rooms with a library, as the linker sees it: every symbol it wants is its
    own, libc's or the compiler's."""
    archive = os.path.join(BUILD, "common/libcommon.a")
    if not os.path.exists(archive) or not shutil.which("nm"):
        pytest.skip("common/ is not built, or nm is missing (Debian package binutils)")
    libc = subprocess.run(["cc", "-print-file-name=libc.so.6"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()
    known = symbols("-D", "--defined-only", libc) | symbols("--defined-only", archive)
    tools = re.compile(r"_*(asan|ubsan|sanitizer|gcov|stack_chk|tls_get_addr|cpu_|GLOBAL_OFFSET|udivti3|umodti3)")
    refuse(f"common/: {name} comes from neither common/ nor libc"
           for name in sorted(symbols("-u", archive) - known) if not tools.match(name))


PLANTED = {
    "common/a.c": '#include "proto/wire.h"\n',
    "common/b.c": "#include <uv.h>\n",
    "common/c.c": "void c(void)\n{\n\texit(1);\n}\n",
    "proto/other.c": '#include "hubmeter/v1/usage.pb-c.h"\n',
    "proto/up.c": '#include "collector/meter/meter.h"\n',
    "collector/meter.c": "#include <librdkafka/rdkafka.h>\n",
    "collector/side.c": '#include "aggregator/rollup/rollup.h"\n',
    "collector/bare.c": '#include "meter.h"\n',
    "collector/strange.c": "#include <curl/curl.h>\n",
    "collector/main.c": "\n" * MAIN_LINES_MAX,
    "aggregator/rollup.h": "#include <libpq-fe.h>\n",
    "cli/report.c": "#include <csv.h>\n",
    "cli/main.h": '#include "cli/store/private.h"\n',
}
ALLOWED = {
    "common/postgres/connection.c": "#include <libpq-fe.h>\n",
    "proto/wire.c": '#include <string.h>\n\n#include "hubmeter/v1/usage.pb-c.h"\n',
    "cli/store/rate.c": '#include <libpq-fe.h>\n#include "cli/store/private.h"\n',
    "collector/publish/publish.c": "#include <librdkafka/rdkafka.h>\n",
    "collector/main.h": '#include <sys/stat.h>\n#include "hubmeter/usage.h"\n',
}




@pytest.mark.parametrize("path", PLANTED)
def test_planted_violation_is_found(path):
    assert list(file_faults(path.split("/")[0], path, PLANTED[path]))


@pytest.mark.parametrize("path", ALLOWED)
def test_allowed_include_is_let_be(path):
    refuse(file_faults(path.split("/")[0], path, ALLOWED[path]))

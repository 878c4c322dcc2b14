"""Pages of a dashboard, and what each asks the database."""
import http.client
import os
import re
import subprocess
import time
import urllib.parse

from dashboard import HEADER, Page
from wait import pause


class Reader:
    """One who looks at pages, by a connection that stays."""

    def __init__(self, port, identity):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.identity = identity

    def ask(self, address):
        """(milliseconds, body); whoever is told to wait waits, and that is not counted."""
        while True:
            started = time.monotonic()
            try:
                self.connection.request("GET", "/" + address, headers={HEADER: self.identity})
                answer = self.connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError):  # nobody asked for a while
                self.connection.close()
                continue
            body = answer.read().decode()
            msec = (time.monotonic() - started) * 1000
            if answer.status != 429:
                assert answer.status == 200, f"{address}: {answer.status}"
                return msec, body
            pause(float(answer.headers["Retry-After"]))


def kinds_of_pages(reader, query):
    """{path: address}, the first of each kind that links lead to."""
    found, waiting = {}, ["?" + query, "account"]
    while waiting:
        address = waiting.pop(0)
        path = urllib.parse.urlsplit(address).path
        if path in found or path == "sign-out" or "." in path:
            continue
        found[path] = address
        waiting += [urllib.parse.urljoin("/" + address, link)[1:] for link in Page(reader.ask(address)[1]).links
                    if not link.startswith("#")]
    return found


RECORD = re.compile(r"\[\d+\] hm_web@\S+ (?:LOG:  duration: \S+ ms  (?:execute [^:]*|statement): (?P<said>.*)"
                    r"|DETAIL:  parameters: (?P<values>.*))", re.S)
VALUE = re.compile(r"\$(\d+) = ('(?:[^']|'')*'|NULL)")


def statements_of(log, size):
    """What hm_web asked since the log had @size bytes, with values in their places."""
    found = []
    with open(log, encoding="utf-8") as file:
        file.seek(size)
        text = file.read().replace("\n\t", "\n")
    for record in re.split(r"^\d{4}-\d\d-\d\d \S+ \S+ (?=\[)", text, flags=re.M):
        words = RECORD.match(record.rstrip())
        if words and words["said"]:
            found.append(words["said"])
        elif words and found:
            values = dict(VALUE.findall(words["values"]))
            found[-1] = re.sub(r"\$(\d+)", lambda place, values=values: values.get(place[1], place[0]), found[-1])
    return found


def write_down(conninfo, change):
    subprocess.run(["psql", conninfo, "-XAtq", "-c", f"ALTER SYSTEM {change}", "-c", "SELECT pg_reload_conf()"],
                   check=True, stdout=subprocess.DEVNULL)
    pause(0.3)  # sessions notice when they are asked next, and nobody says when they were told


def questions_of(conninfo, log, reader, address):
    """The statements that a page is made of; the server writes them down for once."""
    write_down(conninfo, "SET log_min_duration_statement = 0")
    size = os.path.getsize(log)
    reader.ask(address)
    write_down(conninfo, "RESET log_min_duration_statement")
    return statements_of(log, size)


def by_themselves(conninfo, statements, times):
    """Milliseconds of each statement in each of @times runs in one session, after one that is not counted."""
    script = "\\timing on\n" + "".join(statement + "\n;\n" for statement in statements) * (times + 1)
    out = subprocess.run(["psql", conninfo.replace("user=postgres", "user=hm_web"), "-XAtq", "-v", "ON_ERROR_STOP=1",
                          "-o", "/dev/null"], input=script, check=True, text=True, stdout=subprocess.PIPE).stdout
    found = [float(line.split()[1]) for line in out.splitlines() if line.startswith("Time:")]
    assert len(found) == (times + 1) * len(statements)
    return [found[first:first + len(statements)] for first in range(len(statements), len(found), len(statements))]

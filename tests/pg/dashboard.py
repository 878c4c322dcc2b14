"""hubmeter-dashboard as browsers meet it, and what they make of its pages."""
import contextlib
import html.parser
import http.client
import re
import subprocess
import urllib.parse

from project import program
from wait import pause, wait_for

HEADER = "X-Forwarded-User"
VOID = {"meta", "link", "input", "br", "hr", "img"}
READERS = """login,scope,institution,code
proxy:provost,federation,,
proxy:president,institution,demo-south,
proxy:dean,unit,demo-north,n01
proxy:pi,group,demo-north,n-lab1
proxy:holder,fund,demo-north,gift-n1
proxy:student,person,demo-north,n0003
"""
MONTH = "2025-12"


class Dashboard:
    """It runs on a database, on a port of its own; readers are whoever a header names."""

    def __init__(self, conninfo, log, *options):
        self.log = log
        target = conninfo.replace("user=postgres", "user=hm_web")
        with open(log, "w", encoding="utf-8") as stderr:
            # pylint: disable-next=consider-using-with
            self.process = subprocess.Popen([program("hubmeter-dashboard"), f"--postgres={target}", "--plain-http",
                                             "--listen=127.0.0.1:0", *options], stderr=stderr)
        self.port = int(wait_for("the dashboard", self.find_port, 30))

    def find_port(self):
        assert self.process.poll() is None, self.words()
        found = re.search(r"event=dashboard_listening port=(\d+)", self.words())
        return found and found[1]

    def words(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def ask(self, path, identity=None, method="GET", headers=()):
        """(status, headers, body); whoever is told to wait waits."""
        while True:
            answer = self.ask_once(path, identity, method, headers)
            if answer[0] != 429:
                return answer
            pause(float(answer[1]["Retry-After"]))

    def ask_once(self, path, identity=None, method="GET", headers=()):
        """(status, headers, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = dict(headers)
        if identity is not None:
            sent[HEADER] = identity
        connection.request(method, "/" + path, headers=sent)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    def page(self, path, identity):
        status, _, body = self.ask(path, identity)
        assert status == 200, f"{path}: {status}\n{body[:2000]}\n{self.words()[-2000:]}"
        return body

    def end(self):
        self.process.terminate()
        assert self.process.wait(30) == 0, self.words()


@contextlib.contextmanager
def dashboard(conninfo, log, *options):
    """By a header of this machine."""
    made = Dashboard(conninfo, log, "--sign-in=proxy", f"--proxy-header={HEADER}", "--proxy-from=127.0.0.1", *options)
    try:
        yield made
        made.end()
    finally:
        made.process.kill()
        made.process.wait()


class Page(html.parser.HTMLParser):
    """What a page has, and what is wrong with how it is written."""

    def __init__(self, text):
        super().__init__()
        self.open, self.faults, self.ids, self.links, self.texts, self.rows = [], [], [], [], [], []
        self.headings = 0
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"never closed: {self.open}")

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if len(named) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.faults += [f"<{tag} {name}>" for name in named if name == "style" or name.startswith("on")]
        if tag == "script" and "src" not in named:
            self.faults.append("inline script")
        is_picture = tag == "img" or tag == "svg" and "svg" not in self.open
        if is_picture and not {"alt", "role", "aria-hidden"} & named.keys():
            self.faults.append(f"<{tag}> says nothing to readers of screens")
        if "id" in named:
            self.ids.append(named["id"])
        if tag == "a" and "href" in named:
            self.links.append(named["href"])
        self.headings += tag == "h1"
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        self.texts.append(data)
        if self.rows and self.rows[-1] and "tr" in self.open:
            self.rows[-1][-1] += data

    def text(self):
        return " ".join(" ".join(self.texts).split())

    def links_to(self, page):
        """Of this dashboard: those whose path is @page."""
        return [link for link in self.links if urllib.parse.urlsplit(link).path == page]


def join(base, link):
    return urllib.parse.urljoin("/" + base, link)[1:]


def crawl(pages, identity, limit=2):
    """{address: Page} of all kinds of pages that can be reached, @limit of each."""
    found, waiting, seen = {}, ["", "account"], {}
    while waiting:
        address = waiting.pop(0)
        kind = urllib.parse.urlsplit(address).path
        if address in found or seen.get(kind, 0) >= limit or kind.endswith((".csv", ".css", "sign-out")):
            continue
        seen[kind] = seen.get(kind, 0) + 1
        found[address] = Page(pages.page(address, identity))
        waiting += [join(address, link) for link in found[address].links if not link.startswith("#")]
    return found

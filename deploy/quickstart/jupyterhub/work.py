"""People at work on the hub of DIR, by its API alone, as JupyterLab would do it.

usage: work.py DIR NAME:CPU_MS[:CHILDREN]...   (called by `people work`)
"""
import asyncio
import json
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

STEP_SECONDS = 60

# Runs in the kernel: burns CPU until Linux has counted it, in the kernel and in every child.
CODE = """
import os, resource, time

def burn(cpu_ms):
    until = time.process_time_ns() + cpu_ms * 1_000_000
    while time.process_time_ns() < until:
        sum(range(20_000))

def cpu_usec(who):
    usage = resource.getrusage(who)
    return round((usage.ru_utime + usage.ru_stime) * 1_000_000)

children = []
for _ in range({children}):
    pid = os.fork()
    if pid == 0:
        burn({cpu_ms})
        os._exit(0)
    children.append(pid)
burn({cpu_ms})
for pid in children:
    os.waitpid(pid, 0)
print(cpu_usec(resource.RUSAGE_SELF), cpu_usec(resource.RUSAGE_CHILDREN))
"""


def say(text):
    print(text, flush=True)


def seconds(usec):
    return f"{usec // 1_000_000}.{usec % 1_000_000:06d} s"


class Hub:
    def __init__(self, directory):
        settings = json.loads((directory / "hub.json").read_text(encoding="utf-8"))
        self.url = settings["url"]
        self.headers = {"Authorization": "token " + settings["token"]}

    async def call(self, method, path, body=None, accept=()):
        """The answer to one request. Statuses in accept are no errors."""
        request = HTTPRequest(
            self.url + path,
            method=method,
            headers=self.headers,
            body=json.dumps(body) if body else "" if method == "POST" else None,
            request_timeout=STEP_SECONDS,
        )
        response = await AsyncHTTPClient().fetch(request, raise_error=False)
        if response.code >= 300 and response.code not in accept:
            reason = response.body.decode(errors="replace")[:300] if response.body else ""
            raise RuntimeError(f"{method} {path}: {response.code} {response.reason} {reason}")
        return json.loads(response.body) if response.body else None

    async def is_running(self, user):
        """Whether the default server is up; None while it starts or stops."""
        server = (await self.call("GET", f"hub/api/users/{user}"))["servers"].get("")
        if server is None:
            return False
        return True if server["ready"] and not server["pending"] else None

    async def wait_until_running(self, user, running):
        while await self.is_running(user) is not running:
            await asyncio.sleep(0.1)

    async def stop_server(self, user):
        await self.call("DELETE", f"hub/api/users/{user}/server", accept=(404,))
        await self.wait_until_running(user, False)

    async def start_server(self, user):
        await self.call("POST", f"hub/api/users/{user}", accept=(409,))
        await self.stop_server(user)
        await self.call("POST", f"hub/api/users/{user}/server")
        await self.wait_until_running(user, True)

    async def execute(self, user, kernel, code):
        """What the code printed. RuntimeError if it failed."""
        url = f"{self.url.replace('http', 'ws', 1)}user/{user}/api/kernels/{kernel}/channels"
        socket = await websocket_connect(HTTPRequest(url, headers=self.headers))
        try:
            await socket.write_message(json.dumps(execute_request(code)))
            printed, replied, idle = "", None, False
            while not (replied and idle):
                text = await socket.read_message()
                if text is None:
                    raise RuntimeError(f"the kernel of {user} closed the connection")
                message = json.loads(text)
                if message["parent_header"].get("msg_id") != "work":
                    continue
                kind, content = message["msg_type"], message["content"]
                if kind == "stream":
                    printed += content["text"]
                elif kind == "execute_reply":
                    replied = content
                elif kind == "status":
                    idle = content["execution_state"] == "idle"
        finally:
            socket.close()
        if replied["status"] != "ok":
            raise RuntimeError(f"the kernel of {user} failed: {replied} {printed}")
        return printed


def execute_request(code):
    header = {
        "msg_id": "work",
        "msg_type": "execute_request",
        "session": uuid.uuid4().hex,
        "username": "",
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    return {
        "channel": "shell",
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
    }


async def wait_for_report(path):
    while not path.exists():
        await asyncio.sleep(0.05)
    return int(path.read_text(encoding="utf-8"))


async def person_works(hub, reports, name, cpu_ms, children):
    """One person's whole session. The report is of the server and everything that ran in it."""
    user, report = quote(name), reports / name
    async with asyncio.timeout(STEP_SECONDS):
        await hub.start_server(user)
    report.unlink(missing_ok=True)  # of a server that was still there
    say(f"{name}: the server runs")
    async with asyncio.timeout(STEP_SECONDS):
        kernel = (await hub.call("POST", f"user/{user}/api/kernels", {"name": "python3"}))["id"]
        printed = await hub.execute(
            user, kernel, CODE.format(cpu_ms=cpu_ms, children=children)
        )
    own, of_children = map(int, printed.split())
    say(f"{name}: the kernel used {seconds(own)}, {children} children {seconds(of_children)}")
    async with asyncio.timeout(STEP_SECONDS):
        await hub.call("DELETE", f"user/{user}/api/kernels/{kernel}")
        await hub.stop_server(user)
        total = await wait_for_report(report)
    if total < own + of_children:
        raise RuntimeError(f"{name}: the server reaped its kernel too late, {report} is not all")
    say(f"{name}: the server has ended, used {seconds(total)} with all its children")


def parse_person(text):
    """NAME:CPU_MS[:CHILDREN]"""
    name, cpu_ms, children = (text + ":0").split(":")[:3]
    return name, int(cpu_ms), int(children)


async def main(directory, people):
    started = time.monotonic()
    hub, reports = Hub(directory), directory / "reports"
    reports.mkdir(exist_ok=True)
    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(person_works(hub, reports, *person))
    say(f"everybody is done after {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    try:
        asyncio.run(main(Path(sys.argv[1]), [parse_person(text) for text in sys.argv[2:]]))
    except ExceptionGroup as group:
        reasons = [f"{type(e).__name__}: {e}".rstrip(": ") for e in group.exceptions]
        sys.exit("people: " + "; ".join(reasons))

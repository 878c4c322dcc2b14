#!/usr/bin/env python3
"""Readers of a dashboard, each with a connection that stays and a name of its own: `bench/run dashboard`.

readers.py PORT SECONDS THINK_FROM THINK_TO < PLAN

PLAN is JSON: [[identity, {kind: address, ...}], ...], a row for each reader. Every reader asks for one kind after
the other, as in MIX, and thinks in between. JSON on stdout: {status: requests, ...}, milliseconds of those that were
answered with 200, and the CPU seconds that asking took.
"""
import asyncio
import json
import random
import resource
import sys
import time

HEADER = "X-Forwarded-User"
MIX = {"overview": 60, "department": 20, "charges": 10, "line": 5, "csv": 5}


async def ask(stream, identity, address):
    """The status of one answer, all of which is read."""
    reader, writer = stream
    writer.write(f"GET /{address} HTTP/1.1\r\nHost: 127.0.0.1\r\n{HEADER}: {identity}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(size)
    return head[9:12].decode()


async def read(port, plan, until, think, found):
    """One reader, up to the end; what is under way then is not counted."""
    identity, addresses = plan
    chance = random.Random(identity)
    stream = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    await asyncio.sleep(chance.uniform(*think))
    while time.monotonic() < until:
        [kind] = chance.choices(list(MIX), list(MIX.values()))
        started = time.monotonic()
        try:
            status = await ask(stream, identity, addresses[kind])
        except (ConnectionError, asyncio.IncompleteReadError):
            status = "broken"
            stream = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        ended = time.monotonic()
        if ended < until:
            found.append((status, (ended - started) * 1000))
        await asyncio.sleep(chance.uniform(*think))
    stream[1].close()


async def read_all(port, duration, think, plans):
    found = []
    until = time.monotonic() + duration
    await asyncio.gather(*(read(port, plan, until, think, found) for plan in plans))
    return found


def main():
    port, duration, *think = (float(word) for word in sys.argv[1:])
    found = asyncio.run(read_all(int(port), duration, think, json.load(sys.stdin)))
    counts = {}
    for status, _ in found:
        counts[status] = counts.get(status, 0) + 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    json.dump({"counts": counts, "msec": sorted(msec for status, msec in found if status == "200"),
               "cpu": used.ru_utime + used.ru_stime}, sys.stdout)


if __name__ == "__main__":
    main()

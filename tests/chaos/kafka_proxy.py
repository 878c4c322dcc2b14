"""A proxy in front of Kafka that counts its requests and answers, and does harm at the chosen one.

One proxy stands before each aggregator; the broker has a listener for each, which tells clients to come back to the
proxy. A rule (proxy.py) says at which request or answer what is to happen:

    kinds    any, answer, and the requests that have a name in REQUESTS
    actions  cut     the connection is reset, a request is not passed on, of an answer half is
             lose    the request is passed on; its answer is not: then as cut
             stall   nothing passes on this connection for some seconds
    or, of the whole proxy, away(): nothing passes on any connection, and none is made, for some seconds

A connection that is made again is another one: librdkafka has one for each purpose (bootstrap, broker, group).
"""
import asyncio
import contextlib
import struct

from proxy import Line, delay

REQUESTS = {1: "fetch", 2: "list_offsets", 3: "metadata", 8: "offset_commit", 9: "offset_fetch", 10: "coordinator",
            11: "join", 12: "heartbeat", 13: "leave", 14: "sync"}


async def read_message(reader):
    head = await reader.readexactly(4)
    size, = struct.unpack("!i", head)
    return head + await reader.readexactly(size)


def kinds_of(request):
    key, = struct.unpack("!h", request[4:6])
    return "any", REQUESTS.get(key, str(key))


def number_of(message, offset):
    """By which a request and its answer belong together."""
    return message[offset:offset + 4]


class KafkaLine(Line):
    """One client and the broker."""

    def __init__(self, proxy, client, server):
        super().__init__(proxy, client, server)
        self.lost = set()  # numbers of requests whose answers are not to arrive

    @classmethod
    async def open(cls, proxy, reader, writer):
        await proxy.is_open.wait()
        return cls(proxy, (reader, writer), await asyncio.open_connection("127.0.0.1", proxy.target_port))

    async def passes_now(self):
        await self.passes.wait()
        await self.proxy.is_open.wait()

    async def from_client(self):
        while True:
            request = await read_message(self.client_reader)
            await self.passes_now()
            rule = self.proxy.rule_for(kinds_of(request))
            if rule and rule.action == "cut":
                rule.done.set()
                return
            if rule and rule.action == "lose":
                self.lost.add(number_of(request, 8))
            if rule and rule.action == "stall":
                rule.done.set()
                await self.stall(rule.seconds)
            self.server.write(request)
            await self.server.drain()
            if rule:
                rule.done.set()

    async def from_server(self):
        while True:
            answer = await read_message(self.server_reader)
            await self.passes_now()
            if number_of(answer, 4) in self.lost:
                return
            rule = self.proxy.rule_for(("answer",))
            if rule and rule.action == "cut":
                self.client.write(answer[:len(answer) // 2])
                with contextlib.suppress(OSError):
                    await self.client.drain()
                rule.done.set()
                return
            if rule and rule.action == "stall":
                rule.done.set()
                await self.stall(rule.seconds)
            self.client.write(answer)
            await self.client.drain()


async def away(proxy, seconds):
    """As a network that is gone: whoever waits gets what is late, if it still waits."""
    proxy.is_open.clear()
    await delay(seconds)
    proxy.is_open.set()

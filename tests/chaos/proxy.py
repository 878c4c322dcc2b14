"""A proxy in front of a server that counts the messages of its protocol, and does harm at the chosen one: what is
common, and PostgreSQL's (kafka_proxy.py: Kafka's).

One proxy stands before each aggregator. A rule says at which message (its kind and how many of that kind are
to pass first) what is to happen; it happens once:

    kinds    any     of the client          copy    CopyData of the client
             commit  a COMMIT of the client answer  any of the server
    actions  cut     both connections are reset, the message is not passed on
             lose    everything up to Sync is passed on; the server's answers are not: then as cut
             late    the client is reset, the server gets the rest up to Sync only after the client came back
             stall   nothing passes for some seconds
             call    the message is passed on, then a function is called (to stop or kill the client)
"""
import asyncio
import contextlib
import struct
import threading

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102
COME_BACK_SECONDS = 5  # what is to be late is delivered then in any case


class Rule:
    def __init__(self, kind, skip, action, seconds=0, function=None):
        self.kind, self.left, self.action, self.seconds, self.function = kind, skip + 1, action, seconds, function
        self.done = threading.Event()

    def meets(self, kinds):
        if self.kind not in kinds or self.done.is_set():
            return False
        self.left -= 1
        return self.left == 0


def kinds_of(message):
    """What a message of the client may be called in a rule."""
    kind, body = message[:1], message[5:]
    if kind == b"d":
        return "any", "copy"
    query = body.split(b"\0")[1] if kind == b"P" else body if kind == b"Q" else b""
    return ("any", "commit") if query.startswith(b"COMMIT") else ("any",)


async def read_message(reader):
    head = await reader.readexactly(5)
    size, = struct.unpack("!i", head[1:])
    return head + await reader.readexactly(size - 4)


async def read_startup(reader, writer):
    """The first message, after "no" to encryption."""
    while True:
        head = await reader.readexactly(8)
        size, code = struct.unpack("!ii", head)
        if code not in (SSL_REQUEST, GSS_REQUEST):
            return head + await reader.readexactly(size - 8), code == CANCEL_REQUEST
        writer.write(b"N")


def delay(seconds):
    """Harm, not an expectation."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_later(seconds, lambda: future.done() or future.set_result(None))
    return future


class Line:
    """One client and its server, whatever they speak: from_client() and from_server() do, until either is over."""

    def __init__(self, proxy, client, server):
        self.proxy = proxy
        self.client_reader, self.client = client
        self.server_reader, self.server = server
        self.passes = asyncio.Event()
        self.passes.set()

    def abort(self):
        self.client.transport.abort()
        self.server.transport.abort()

    async def stall(self, seconds):
        self.passes.clear()
        await delay(seconds)
        self.passes.set()

    async def run(self):
        self.answers = asyncio.ensure_future(self.from_server())
        requests = asyncio.ensure_future(self.from_client())
        done, _ = await asyncio.wait({self.answers, requests}, return_when=asyncio.FIRST_COMPLETED)
        if self.answers in done and self.answers.cancelled():
            await asyncio.wait({requests})  # what is late is on its way
        for task in self.answers, requests:
            task.cancel()
        await asyncio.gather(self.answers, requests, return_exceptions=True)
        self.abort()


class PostgresLine(Line):
    """None of its making where a request to cancel is all there is."""

    def __init__(self, proxy, client, server):
        super().__init__(proxy, client, server)
        self.is_losing = False

    @classmethod
    async def open(cls, proxy, reader, writer):
        startup, is_cancel = await read_startup(reader, writer)
        server = await asyncio.open_connection("127.0.0.1", proxy.target_port)
        server[1].write(startup)
        if not is_cancel:
            return cls(proxy, (reader, writer), server)
        server[1].close()
        writer.close()
        return None

    async def deliver_late(self, message, seconds):
        held = [message]
        while held[-1][:1] != b"S":
            held.append(await read_message(self.client_reader))
        self.client.transport.abort()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.proxy.next_client(), COME_BACK_SECONDS)
        await delay(seconds)
        self.server.write(b"".join(held))
        await self.server.drain()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.answer_to_sync(), COME_BACK_SECONDS)
        self.server.transport.abort()

    async def answer_to_sync(self):
        while (await read_message(self.server_reader))[:1] != b"Z":
            pass

    async def act(self, rule, message):
        """False: the message is not to be passed on."""
        if rule.action == "call":
            self.server.write(message)
            await self.server.drain()
            rule.function()
        elif rule.action == "cut":
            self.abort()
        elif rule.action == "lose":
            self.is_losing = True
        rule.done.set()
        if rule.action == "stall":
            await self.stall(rule.seconds)
        return rule.action not in ("call", "cut")

    async def from_client(self):
        while True:
            message = await read_message(self.client_reader)
            await self.passes.wait()
            rule = self.proxy.rule_for(kinds_of(message))
            if rule and rule.action == "late":
                rule.done.set()
                self.answers.cancel()
                await self.deliver_late(message, rule.seconds)
                return
            if rule and not await self.act(rule, message):
                continue
            self.server.write(message)
            await self.server.drain()

    async def from_server(self):
        while True:
            message = await read_message(self.server_reader)
            await self.passes.wait()
            rule = self.proxy.rule_for(("answer",))
            if rule and rule.action in ("cut", "stall"):
                await self.act(rule, message)
            if self.is_losing and message[:1] == b"Z":
                self.abort()
            if not self.is_losing:
                self.client.write(message)
                await self.client.drain()


class Proxy:
    """Its own thread and loop; arm(), disarm(), call() and close() may be called from any other."""

    def __init__(self, kind, target_port=None):
        self.kind = kind  # of lines
        self.target_port = target_port  # set before anybody comes
        self.rules = []
        self.waiting = []
        self.loop = asyncio.new_event_loop()
        self.tasks = set()
        started = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(started,), daemon=True)
        self.thread.start()
        started.wait()

    def serve(self, started):
        asyncio.set_event_loop(self.loop)
        self.is_open = asyncio.Event()
        self.is_open.set()
        server = self.loop.run_until_complete(asyncio.start_server(self.accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    def arm(self, rule):
        self.rules = [*self.rules, rule]

    def disarm(self, rule=None):
        """All of them, if none is named."""
        self.rules = [other for other in self.rules if rule and other is not rule]

    def call(self, coroutine):
        """Run it on the proxy's loop, to its end."""
        asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def rule_for(self, kinds):
        met = [rule for rule in self.rules if rule.meets(kinds)]
        return met[0] if met else None

    def next_client(self):
        future = self.loop.create_future()
        self.waiting.append(future)
        return future

    async def accept(self, reader, writer):
        for future in self.waiting:
            if not future.done():
                future.set_result(None)
        self.waiting.clear()
        try:
            line = await self.kind.open(self, reader, writer)
            if line:
                await line.run()
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()

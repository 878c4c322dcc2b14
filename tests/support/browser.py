"""A real browser: Chromium without a window, driven by the DevTools protocol over a pipe.

The pipe (its descriptors 3 and 4, messages of JSON with a NUL between) needs no library and no port that others
could reach.
"""
import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Its sandbox is not for root, nor for most containers; what it opens is our own.
OPTIONS = ("--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
           "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--disable-extensions", "--hide-scrollbars", "--font-render-hinting=none", "--force-color-profile=srgb")
SECONDS = 60
KEYS = {"Tab": 9, "Enter": 13, "ArrowDown": 40, "ArrowUp": 38}


def find_browser():
    """Its path, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Refused(AssertionError):
    """The browser would not do it."""


class Browser:
    """One process; its tabs are one after the other in contexts of their own, so that they share no cookies."""

    def __init__(self, profile):
        to_read, to_write = os.pipe(), os.pipe()
        command = f'exec "$0" "$@" 3<&{to_read[0]} 4>&{to_write[1]} >{profile}/log 2>&1'
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(["bash", "-c", command, find_browser(), *OPTIONS,
                                         f"--user-data-dir={profile}/profile", "about:blank"],
                                        pass_fds=(to_read[0], to_write[1]))
        os.close(to_read[0])
        os.close(to_write[1])
        self.sends, self.reads = to_read[1], to_write[0]
        self.number, self.rest, self.events, self.answers = 0, b"", [], {}

    def read(self, deadline):
        """Take what it says, at least one message."""
        while b"\0" not in self.rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.reads], [], [], left)[0]:
                raise AssertionError(f"the browser said nothing for {SECONDS} s")
            data = os.read(self.reads, 1 << 20)
            if not data:
                raise AssertionError("the browser ended")
            self.rest += data
        *whole, self.rest = self.rest.split(b"\0")
        for message in map(json.loads, whole):
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.events.append(message)

    def call(self, method, session=None, **params):
        self.number += 1
        number, deadline = self.number, time.monotonic() + SECONDS
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.sends, data):]
        while number not in self.answers:
            self.read(deadline)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise Refused(f"{method}: {answer['error']}")
        return answer["result"]

    @contextlib.contextmanager
    def tab(self, **headers):
        """An empty one, that sends @headers with each request."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        try:
            yield Tab(self, session, headers)
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)

    def end(self):
        with contextlib.suppress(AssertionError):
            self.call("Browser.close")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.sends)
        os.close(self.reads)


class Tab:
    """What a person does with a page, and what the browser says against it."""

    def __init__(self, browser, session, headers):
        self.browser, self.session = browser, session
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")
        self.call("Network.setExtraHTTPHeaders", headers=headers)
        self.size(1440, 900)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def take(self, method):
        """The events of that name since they were last taken."""
        mine = [event for event in self.browser.events
                if event["method"] == method and event.get("sessionId") == self.session]
        self.browser.events = [event for event in self.browser.events if event not in mine]
        return [event["params"] for event in mine]

    def wait(self, method):
        """Until such an event comes."""
        deadline = time.monotonic() + SECONDS
        while not self.take(method):
            self.browser.read(deadline)

    def size(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=False)

    def media(self, kind="", scheme="light"):
        """print or nothing; light or dark"""
        self.call("Emulation.setEmulatedMedia", media=kind,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def scripts(self, are_on):
        self.call("Emulation.setScriptExecutionDisabled", value=not are_on)

    def open(self, address):
        self.take("Page.loadEventFired")
        answer = self.call("Page.navigate", url=address)
        assert "errorText" not in answer, f"{address}: {answer['errorText']}"
        self.wait("Page.loadEventFired")

    def value(self, expression):
        """What JavaScript makes of it, also where the page's own is off."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def key(self, name):
        code = {"key": name, "code": name, "windowsVirtualKeyCode": KEYS[name]}
        if name == "Enter":
            code["text"] = "\r"
        self.call("Input.dispatchKeyEvent", type="keyDown", **code)
        self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    def click(self, selector):
        """In the middle of the first that is seen, by the mouse."""
        place = self.value(f"""(() => {{
            const shown = [...document.querySelectorAll({json.dumps(selector)})].find((one) => one.checkVisibility());
            if (!shown) return null;
            shown.scrollIntoView({{block: "center", inline: "center", behavior: "instant"}});
            const [box] = shown.getClientRects();
            return {{x: box.x + box.width / 2, y: box.y + box.height / 2}};
        }})()""")
        assert place, f"nothing to click on: {selector}"
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def follow(self, selector):
        """Click, and wait for the page that it leads to."""
        self.take("Page.loadEventFired")
        self.click(selector)
        self.wait("Page.loadEventFired")

    def complaints(self):
        """What went wrong since it was last asked: on the console (also what the policy forbids) and on the way."""
        found = [event["entry"]["text"] + " " + event["entry"].get("url", "") for event in self.take("Log.entryAdded")]
        found += [str(event["args"]) for event in self.take("Runtime.consoleAPICalled")]
        found += [str(event["exceptionDetails"]) for event in self.take("Runtime.exceptionThrown")]
        found += [event["errorText"] for event in self.take("Network.loadingFailed")]
        answers = [event["response"] for event in self.take("Network.responseReceived")]
        return found + [f"{one['status']} {one['url']}" for one in answers if one["status"] >= 400]

    def said(self):
        """Its accessibility tree, as readers of screens are told of it: (role, name, properties) in its order."""
        nodes = {node["nodeId"]: node for node in self.call("Accessibility.getFullAXTree")["nodes"]}
        waiting = [node["nodeId"] for node in nodes.values() if "parentId" not in node]
        while waiting:
            node = nodes.get(waiting.pop(0))
            if not node:
                continue
            waiting = node.get("childIds", []) + waiting
            if not node["ignored"]:
                yield (node["role"]["value"], node.get("name", {}).get("value", ""),
                       {one["name"]: one["value"].get("value") for one in node.get("properties", [])})

    def picture(self, clip=None):
        """A PNG of what is seen, or of @clip (x, y, width, height) of the page."""
        part = {"clip": {**clip, "scale": 1}, "captureBeyondViewport": True} if clip else {}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", **part)["data"])


@contextlib.contextmanager
def browser():
    with tempfile.TemporaryDirectory(prefix="hubmeter-browser-", dir="/tmp", ignore_cleanup_errors=True) as profile:
        made = Browser(profile)
        try:
            yield made
        finally:
            made.end()

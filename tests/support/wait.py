"""Waiting on what programs under test do."""
import select
import time


def pause(seconds):
    """Let the programs under test run: the moments of a fault schedule, never an expectation."""
    select.select([], [], [], seconds)


def wait_for(what, condition, seconds=60):
    """Poll @condition until it is true; fail with @what past the deadline. Returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"gave up waiting for {what} after {seconds} s")
        pause(0.05)

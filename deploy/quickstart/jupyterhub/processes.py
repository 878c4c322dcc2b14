"""Which processes belong to a directory, and how to end them and no others.

A process is named by its id and start time, so that a reused id is never taken for it. Everything
the hub starts, at whatever distance, carries HUBMETER_PEOPLE_DIR in its environment: that finds
servers and kernels also when the hub was killed and can no longer tell.
"""
import os
import select
import signal
import time
from pathlib import Path


def start_time(pid):
    """Clock ticks since boot, or None if there is no such process (or only its corpse)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(") ")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def belonging_to(directory):
    """The (pid, start time) of every process of this directory, but this one."""
    mark = b"HUBMETER_PEOPLE_DIR=" + os.fsencode(directory)
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        started = start_time(entry)
        try:
            environment = Path(f"/proc/{entry}/environ").read_bytes().split(b"\0")
        except OSError:
            continue  # gone, or somebody else's
        if started is not None and mark in environment:
            found.append((int(entry), started))
    return found


def end(processes, signum, seconds):
    """Send the signal to each, wait until they have ended, and return those that have not."""
    deadline = time.monotonic() + seconds
    handles = {}
    try:
        for pid, started in processes:
            try:
                handle = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            handles[handle] = (pid, started)
            if start_time(pid) == started:  # the handle is of this process, whatever comes
                signal.pidfd_send_signal(handle, signum)
        left = {fd: p for fd, p in handles.items() if start_time(p[0]) == p[1]}
        while left and time.monotonic() < deadline:
            select.select(list(left), [], [], max(0, deadline - time.monotonic()))
            left = {fd: p for fd, p in left.items() if start_time(p[0]) == p[1]}
        return list(left.values())
    finally:
        for handle in handles:
            os.close(handle)


def end_all(directory):
    """End what is left of this directory, first politely. Returns how many processes it was."""
    processes = belonging_to(directory)
    end(processes, signal.SIGTERM, 5)
    for _ in range(10):  # what a dying process started meanwhile
        left = belonging_to(directory)
        if not left:
            break
        end(left, signal.SIGKILL, 5)
    return len(processes)

#!/usr/bin/env python3
"""One person's server of the quickstart: real work of a known amount.

Burns CPU until the kernel has counted --cpu-ms for this process, holds --memory-mib, lets
--children processes do as much again each, and says at the end what getrusage(2) counted for it
and its children: the figure hubmeter is held against.
"""
import argparse
import os
import resource
import signal
import time


def burn(cpu_ms):
    until = time.process_time_ns() + cpu_ms * 1_000_000
    while time.process_time_ns() < until:
        sum(range(20_000))


def cpu_usec(who):
    usage = resource.getrusage(who)
    return round((usage.ru_utime + usage.ru_stime) * 1_000_000)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("report", help="file that takes the microseconds of CPU in the end")
    parser.add_argument("--cpu-ms", type=int, required=True, help="CPU to burn in this process")
    parser.add_argument("--memory-mib", type=int, default=16, help="memory to hold meanwhile")
    parser.add_argument("--children", type=int, default=0, help="processes to fork")
    parser.add_argument("--killed", action="store_true", help="end by SIGKILL, as a crash would")
    args = parser.parse_args()

    held = bytearray(os.urandom(4096)) * (args.memory_mib * 256)
    children = []
    for _ in range(args.children):
        pid = os.fork()
        if pid == 0:
            burn(args.cpu_ms)
            os._exit(0)
        children.append(pid)
    burn(args.cpu_ms)
    for pid in children:
        os.waitpid(pid, 0)
    del held  # giving pages back costs CPU too: before the report, not after it

    with open(args.report + ".new", "w", encoding="utf-8") as report:
        print(cpu_usec(resource.RUSAGE_SELF) + cpu_usec(resource.RUSAGE_CHILDREN), file=report)
    os.rename(args.report + ".new", args.report)
    if args.killed:
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main()

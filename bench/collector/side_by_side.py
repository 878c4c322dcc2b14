"""Agents beside each other on the same crowd: `bench/run collector`.

They run at the same time, so that what else the machine does is the same for each. CPU is what the kernel counted for
the process and all its threads, to the nanosecond; wakes/s is how often one of them waited and was woken; messages are
those of the time measured.
"""
import contextlib
import os
import subprocess
import time

from agents import all_agents
from crowd import memory_of_jupyter, strangers, workloads

WARM_UP = 25  # seconds: past the first samples and windows
HEAD = f"    {'':22}{'CPU %':>8}{'ratio':>8}{'wakes/s':>9}{'RSS MiB':>9}{'dirty MiB':>11}{'messages':>10}{'kB':>7}"


class Cost:
    """What a process and its threads have used since they began, or between two of these."""

    def __init__(self, cpu_nsec, wakes, seconds):
        self.cpu_nsec, self.wakes, self.seconds = cpu_nsec, wakes, seconds

    def since(self, before):
        return Cost(self.cpu_nsec - before.cpu_nsec, self.wakes - before.wakes, self.seconds - before.seconds)

    def percent(self):
        return self.cpu_nsec / self.seconds / 1e7


def cost_of(pid):
    wakes = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended
            wakes += field(f"/proc/{pid}/task/{thread}/status", "voluntary_ctxt_switches")
    return Cost(time.clock_gettime_ns((~pid << 3) | 2), wakes, time.monotonic())


def field(path, name):
    with open(path, encoding="ascii") as file:
        return int(next(line for line in file if line.startswith(name + ":")).split()[1])


def memory_mib(pid, name):
    return field(f"/proc/{pid}/smaps_rollup", name) / 1024


def sent(build, services, topic):
    """Messages and bytes that are in @topic."""
    said = subprocess.run([f"{build}/bench/bare_consumer", services.kafka, topic], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return [int(line.split("\t")[1]) for line in said.splitlines()]


def start(agents):
    """Each at another time of the ten seconds between two samples; ours sample when the clock shows whole tens."""
    for second, agent in zip((0, 0, 0, 3, 6), agents):
        if agent.missing:
            continue
        if second:
            time.sleep((second - time.time()) % 10)
        agent.program.start()


def end(agents):
    for agent in agents:
        if not agent.missing and agent.program.alive():
            agent.program.terminate()


def measure(agents, services, build, seconds):
    """{agent: (Cost, RSS, private dirty, messages, bytes)} of those that are here."""
    here = [agent for agent in agents if not agent.missing]
    time.sleep(WARM_UP)
    told = {agent: sent(build, services, agent.topic) for agent in here}
    before = {agent: cost_of(agent.pid()) for agent in here}
    time.sleep(seconds)
    found = {}
    for agent in here:
        found[agent] = (cost_of(agent.pid()).since(before[agent]), memory_mib(agent.pid(), "Rss"),
                        memory_mib(agent.pid(), "Private_Dirty"))
    for agent in here:
        now = sent(build, services, agent.topic)
        found[agent] += tuple(after - earlier for after, earlier in zip(now, told[agent]))
    return found


def say(agents, found):
    """The table; ratios are to the first agent."""
    print(HEAD)
    reference = found[agents[0]][0].percent()
    for agent in agents:
        if agent.missing:
            print(f"    {agent.name:22}{agent.missing}")
            continue
        cost, rss, dirty, messages, size = found[agent]
        print(f"    {agent.name:22}{cost.percent():8.3f}{cost.percent() / reference:8.2f}"
              f"{cost.wakes / cost.seconds:9.1f}{rss:9.1f}{dirty:11.1f}{messages:10}{size / 1000:7.0f}", flush=True)


def measure_crowd(services, directory, build, seconds, crowd):
    count, others, is_large = crowd
    name = f"{count}-{others}-{'large' if is_large else 'small'}"
    api_url = f"http://127.0.0.1/hub/api/bench-{os.getpid()}-{name}"
    folder = os.path.join(directory, name)
    os.mkdir(folder)
    agents = all_agents(services, folder, build, api_url)
    with contextlib.ExitStack() as stack:
        stack.callback(end, agents)
        memory = stack.enter_context(memory_of_jupyter()) if is_large else []
        stack.enter_context(workloads([f"{build}/bench/workload", *memory], count, api_url))
        stack.enter_context(strangers(others))
        for agent in agents:
            services.run("topic", agent.topic, "1")
        start(agents)
        found = measure(agents, services, build, seconds)
        print(f"  {count} workloads{' as large as a Jupyter server' if is_large else ''}, {others} others")
        say(agents, found)
    return {agent.name: figures for agent, figures in found.items()}


def goals(found):
    """What is promised of the first agent, and what it did: (what, figure, at most)."""
    ours = {crowd: figures["hubmeter, cgroups"] for crowd, figures in found.items()}
    for crowd, most in (((110, 0, False), 0.15), ((1000, 0, False), 0.30)):
        if crowd in ours:
            yield f"CPU % at {crowd[0]}", ours[crowd][0].percent(), most
    if (110, 0, False) in ours:
        yield "RSS MiB at 110", ours[110, 0, False][1], 7.5
    for (count, others, large), figures in ours.items():
        if others == 1000 and (count, 0, large) in ours:
            added = figures[0].percent() - ours[count, 0, large][0].percent()
            yield f"CPU % that {others} others add at {count}", added, 0.05
    for crowd, figures in found.items():
        for other, share in (("collectd", 1), ("Telegraf", 10)):
            if other in figures:
                yield (f"CPU % at {crowd[0]} + {crowd[1]}{' large' if crowd[2] else ''}: {other} / {share}",
                       ours[crowd][0].percent(), figures[other][0].percent() / share)


def crowd_of(words):
    """Workloads, strangers, whether they are as large as a Jupyter server."""
    count, others, *large = words.split(":")
    return int(count), int(others), large == ["jupyter"]


def side_by_side(services, directory, build, seconds, crowds):
    """@crowds as BENCH_CROWDS."""
    print(f"collector: agents at the same time on the same cgroups, sampling every 10 s, {seconds} s each;"
          " CPU in % of one core", flush=True)
    if os.geteuid() != 0:
        print("  not measured: making cgroups needs root")
        return
    found = {}
    for crowd in map(crowd_of, crowds.split()):
        found[crowd] = measure_crowd(services, directory, build, seconds, crowd)
    print("  goals")
    for what, figure, most in goals(found):
        print(f"    {what:44}{figure:8.3f}  at most {most:.3f}  {'kept' if figure <= most else 'MISSED'}")

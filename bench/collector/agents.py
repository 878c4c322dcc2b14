"""What meters the crowd: each agent with the least configuration that has it read every workload and tell Kafka.

All of them sample every 10 seconds, and none is given what it does not need. Those of others are started between two
samples of ours, so that no one finds warm what another has just read; ours sample at the same moment.
"""
import glob
import os
import shutil
import subprocess

from crowd import ROOT, SLICE, UNIT, has_version_1
from harness import Program, collector

TELEGRAF = "github.com/influxdata/telegraf/cmd/telegraf@v1.33.0"
TELEGRAF_PARTS = "custom,inputs.cgroup,outputs.kafka"

COLLECTD_CONF = """
Hostname "bench"
FQDNLookup false
Interval 10
BaseDir "{directory}"
PIDFile "{directory}/collectd.pid"
PluginDir "{plugins}"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin cgroups
LoadPlugin write_kafka
<Plugin cgroups>
	CGroup "/^{unit}-/"
	IgnoreSelected false
</Plugin>
<Plugin write_kafka>
	Property "bootstrap.servers" "{kafka}"
	<Topic "{topic}">
		Format JSON
	</Topic>
</Plugin>
"""

TELEGRAF_CONF = """
[agent]
  interval = "10s"
  round_interval = false
  flush_interval = "10s"
  metric_batch_size = 1000
  metric_buffer_limit = 10000
  logfile = ""
[[outputs.kafka]]
  brokers = ["{kafka}"]
  topic = "{topic}"
  compression_codec = 3
[[inputs.cgroup]]
  paths = [{cpu_paths}]
  files = ["{cpu_file}"]
[[inputs.cgroup]]
  paths = ["{memory}/{slice}/*"]
  files = ["{memory_file}", "memory.stat"]
"""


class Agent:
    """Its @name, the @topic that it writes to, and @program, of the harness; @missing says why there is none."""

    def __init__(self, name, topic, program=None, missing=None):
        self.name, self.topic, self.program, self.missing = name, topic, program, missing

    def pid(self):
        return self.program.process.pid


class Foreign(Program):
    """As Program, but not one of ours."""

    def __init__(self, log, *command):  # pylint: disable=super-init-not-called
        self.command, self.log, self.process = list(command), log, None


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


OURS = {"cgroups": [f"--systemd-unit={UNIT}-{{USERNAME}}", "--only-cgroups"],
        "both": [f"--systemd-unit={UNIT}-{{USERNAME}}"],
        "processes": ["--cgroup="]}


def hubmeter(services, directory, api_url, what):
    hub = f"bench-{what}"
    program = collector(services, directory, hub, os.path.basename(directory), api_url, "--sample-interval=10s",
                        "--publish-interval=60s", "--memory-interval=60s", "--spool-segment-size=1MiB",
                        f"--spool={directory}/spool-{what}", "--docker-root=", *OURS[what])
    program.log = f"{directory}/{what}.log"
    return Agent(f"hubmeter, {what}", f"usage.{hub}.v1", program)


def collectd(services, directory):
    binary = shutil.which("collectd", path=os.environ["PATH"] + ":/usr/sbin")
    plugins = glob.glob("/usr/lib/collectd/write_kafka.so") + glob.glob("/usr/lib/*/collectd/write_kafka.so")
    topic = "usage.bench-collectd.v1"
    if not binary or not plugins:
        return Agent("collectd", topic, missing="not here: package collectd-core (deploy/local/packages ensure bench)")
    if not has_version_1():
        return Agent("collectd", topic, missing="reads cgroups of version 1 only, and here are none")
    conf = COLLECTD_CONF.format(directory=directory, plugins=os.path.dirname(plugins[0]), unit=UNIT,
                                kafka=services.kafka, topic=topic)
    path = write(f"{directory}/collectd.conf", conf)
    return Agent("collectd", topic, Foreign(f"{directory}/collectd.log", binary, "-f", "-C", path))


def telegraf_binary(build):
    """Its path, made of its source the first time; or None and why."""
    ours = os.path.join(build, "telegraf/telegraf")
    if os.path.exists(ours):
        return ours, None
    if not shutil.which("go"):
        return None, "not here, and it is not built: no Go"
    environment = dict(os.environ, GOBIN=os.path.dirname(ours))
    command = ["go", "install", "-trimpath", "-ldflags=-s -w", "-tags", TELEGRAF_PARTS, TELEGRAF]
    done = subprocess.run(command, env=environment, check=False, text=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    if done.returncode == 0:
        return ours, None
    return None, "does not build here: " + done.stderr.strip().rpartition("\n")[2]


def telegraf(services, directory, build):
    topic = "usage.bench-telegraf.v1"
    binary, missing = telegraf_binary(build)
    if missing:
        return Agent("Telegraf", topic, missing=missing)
    if has_version_1():
        figures = {"cpu_paths": f'"{ROOT}/cpuacct/{SLICE}/*"', "cpu_file": "cpuacct.usage",
                   "memory": f"{ROOT}/memory", "memory_file": "memory.usage_in_bytes"}
    else:
        figures = {"cpu_paths": f'"{ROOT}/{SLICE}/*"', "cpu_file": "cpu.stat",
                   "memory": ROOT, "memory_file": "memory.current"}
    conf = TELEGRAF_CONF.format(kafka=services.kafka, topic=topic, slice=SLICE, **figures)
    path = write(f"{directory}/telegraf.conf", conf)
    return Agent("Telegraf", topic, Foreign(f"{directory}/telegraf.log", binary, "--config", path))


def all_agents(services, directory, build, api_url):
    return [*(hubmeter(services, directory, api_url, what) for what in OURS),
            collectd(services, directory), telegraf(services, directory, build)]

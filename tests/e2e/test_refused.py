"""A batch that Kafka refuses for its size blocks nobody: it is set aside, those behind it arrive, and
`hubmeter doctor` says that one is missing."""
import glob
import os
import subprocess
import sys

from harness import aggregator, collector, watermarks
from project import SOURCE, program
from wait import wait_for

HUB = "small"
ROW = "small,c1,{0},job,user-{0:032x}-of-a-long-name,,,big,2026-09-01T00:00:00Z,2026-09-01T01:00:00Z,{0},\n"


def create_small_topic(services):
    subprocess.run([sys.executable, os.path.join(SOURCE, "deploy/local/kafka-client.py"), "topic",
                    services.kafka, f"usage.{HUB}.v1", "4", "max.message.bytes=8000"], check=True)


def write_jobs(path, count):
    with open(f"{path}.new", "w", encoding="ascii") as file:
        file.write("hub,node,workload,kind,username,server,tag,class,start,end,cpu_core_seconds,"
                   "memory_mib_seconds\n")
        file.writelines(ROW.format(number * 7919 % 1000003) for number in range(count))
    os.rename(f"{path}.new", path)


def arrived(services):
    return sum(watermarks(services).values())


def test_a_refused_batch_blocks_nobody(services, directory):
    create_small_topic(services)
    jobs = os.path.join(directory, "jobs.csv")
    meter = collector(services, directory, HUB, "n1", "http://nobody/hub/api",
                      f"--command-file={jobs}", "--kafka.compression.codec=none")
    rollup = aggregator(services, directory)
    meter.start()
    rollup.start()
    wait_for("the first windows", lambda: arrived(services) >= 2)
    assert services.sql("SELECT * FROM ingest.gap") == []

    write_jobs(jobs, 500)
    spool = os.path.join(directory, "spool-n1")
    wait_for("the large batch set aside", lambda: glob.glob(f"{spool}/refused/*.rec"))
    [kept] = glob.glob(f"{spool}/refused/*.rec")
    refused = int(os.path.basename(kept).removesuffix(".rec"))
    wait_for("what is behind it", lambda: arrived(services) >= refused + 2)
    assert services.sql("SELECT first_sequence, last_sequence FROM ingest.gap") == \
        [[str(refused), str(refused)]]
    doctor = services.cli("doctor", check=False).stdout
    assert "1 batch missing in 1 gap" in doctor
    assert meter.terminate() == 0 and rollup.terminate() == 0

    with open(meter.log, encoding="utf-8") as log:
        text = log.read()
    assert f"event=record_refused sequence={refused} " in text
    assert "refused=1 missing=0" in text
    dump = subprocess.run([program("hubmeter-collector"), f"--dump-spool={spool}"], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert f"1 record refused by Kafka in \"refused\", sequences {refused} to {refused}" in dump.stderr


def test_a_broker_without_rules_grants_nothing(services):
    """There everybody may write everything: a topic made under the name of access rules would have none."""
    done = services.cli("kafka", "grant", "lawless", check=False, stderr=subprocess.PIPE)
    assert done.returncode == 1 and "the broker has no authorizer" in done.stderr
    assert "usage.lawless.v1" not in services.cli("topic", "list").stdout

"""One node of one hub sends what the database refuses, twice a second: it goes to quarantine, that hub's other
node is counted, and no other hub waits five seconds longer than without it. HUBMETER_HUBS and HUBMETER_SECONDS
make it longer."""
import os
import subprocess
import time

from harness import aggregator, started
from project import BUILD
from wait import wait_for

HUBS = int(os.environ.get("HUBMETER_HUBS", "40"))
SECONDS = int(os.environ.get("HUBMETER_SECONDS", "15"))
PARTITIONS = 3
MOST_SECONDS = 5
FULL = 9223372036854775807

# When each hub was last committed, in seconds, but for the hostile one.
IDLE = """SELECT max(idle) FROM (
    SELECT extract(epoch FROM clock_timestamp() - max(flushed_at)) AS idle
    FROM ingest.partition WHERE topic <> 'usage.h0.v1' GROUP BY topic) AS hub"""


def numbers(services, query):
    return [int(value) for value in services.sql(query)[0]]


def longest_pause(services, seconds):
    end = time.monotonic() + seconds
    longest = 0.0
    while time.monotonic() < end:
        longest = max(longest, float(services.sql(IDLE)[0][0]))
    return longest


def all_arrive(services):
    """All hubs commit: they were all taken over."""
    return numbers(services, "SELECT count(DISTINCT topic) FROM ingest.partition"
                             " WHERE flushed_at IS NOT NULL") == [HUBS]


def fill_up(services):
    services.sql(f"UPDATE usage.slot s SET storage_mib_sec = {FULL}"
                 " FROM usage.workload w JOIN usage.node n USING (node_id) JOIN usage.hub h USING (hub_id)"
                 " WHERE w.workload_id = s.workload_id AND h.name = 'h0' AND n.name = 'n0'")


def counted(services, hostile):
    """Batches of the other nodes: sequences are 1, 2, 3, ... and none is missing."""
    return numbers(services, "SELECT coalesce(sum(sequence), 0) FROM ingest.watermark"
                             f" WHERE stream <> decode('{hostile}', 'hex')")[0]


def test_one_hub_stops_itself_alone(services, directory):
    for number in range(HUBS):
        services.cli("topic", "create", f"h{number}", f"--partitions={PARTITIONS}")
    rollup = aggregator(services, directory, "--flush-interval=1s", "--kafka.session.timeout.ms=20000")
    rollup.start()
    with subprocess.Popen([os.path.join(BUILD, "tests/trickle_batches"), services.kafka, str(HUBS)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as trickle:
        started.append(trickle)
        wait_for("all hubs", lambda: all_arrive(services), 60)
        quiet = longest_pause(services, SECONDS / 3)
        fill_up(services)
        wait_for("a refusal", lambda: numbers(services, "SELECT count(*) FROM ingest.quarantine") != [0], 60)
        pause = longest_pause(services, SECONDS)
        hostile, sent = trickle.communicate()[0].split()
    print(f"{HUBS} hubs: the longest pause of the others was {pause:.1f} s with a hostile hub, {quiet:.1f} s without")
    wait_for("what the others sent", lambda: counted(services, hostile) == int(sent), 60)
    refused = numbers(services, "SELECT count(*) FROM ingest.quarantine")[0]
    print(f"{refused} messages refused in {SECONDS} s and what followed")

    assert pause - quiet < MOST_SECONDS, "the others wait for the hostile hub"
    assert services.sql("SELECT DISTINCT topic, reason FROM ingest.quarantine") == [["usage.h0.v1", "overflow"]]
    assert services.sql("SELECT DISTINCT owner_epoch FROM ingest.partition WHERE topic <> 'usage.h0.v1'") == [["1"]]
    assert services.sql("SELECT * FROM ingest.gap") == []
    assert rollup.terminate() == 0

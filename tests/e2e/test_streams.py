"""A spool that may not be what was sent last goes on in a new stream, which the aggregator takes as it
comes: nothing is dropped as seen, nothing counts twice, nothing is missing."""
import os
import shutil

from harness import People, aggregator, collector, database_sums, spool_records, spool_sums, watermarks
from wait import wait_for

HUB, NODE = "moved", "n1"
API_URL = "http://moved/hub/api"


def put_back_copy(directory):
    """As from a backup: the same bytes in other files."""
    spool = os.path.join(directory, f"spool-{NODE}")
    shutil.copytree(spool, f"{spool}.copy")
    shutil.rmtree(spool)
    os.rename(f"{spool}.copy", spool)


def lose_stream(directory):
    os.unlink(os.path.join(directory, f"spool-{NODE}", "stream"))


def run_on(services, meter):
    before = sum(watermarks(services).values())
    wait_for("3 more windows", lambda: sum(watermarks(services).values()) >= before + 3)
    assert meter.alive()


def test_new_streams(services, directory):
    services.cli("topic", "create", HUB)
    meter = collector(services, directory, HUB, NODE, API_URL)
    rollup = aggregator(services, directory)
    people = People(API_URL)
    people.start("ada")
    meter.start()
    rollup.start()
    run_on(services, meter)
    for befall in (put_back_copy, lose_stream, put_back_copy):
        assert meter.terminate() == 0
        befall(directory)
        meter.start()
        run_on(services, meter)
    people.end_all()
    assert meter.terminate() == 0
    records = spool_records(os.path.join(directory, f"spool-{NODE}"))
    wait_for("all of it", lambda: sum(watermarks(services).values()) == len(records))
    assert rollup.terminate() == 0

    assert len(watermarks(services)) == 4
    assert database_sums(services, NODE)[1] == spool_sums(records)
    assert services.sql("SELECT * FROM ingest.gap") == []
    assert services.sql("SELECT * FROM ingest.quarantine") == []
    with open(meter.log, encoding="utf-8") as log:
        text = log.read()
    assert text.count("event=stream_started reason=copy ") == 2
    assert text.count("event=stream_started reason=new ") == 1

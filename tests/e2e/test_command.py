"""A site's own accounting through the collector: what its program reports again and again counts once,
also when the collector is killed in between, and stands beside what the collector metered."""
import os
import stat

from harness import aggregator, collector, watermarks
from wait import wait_for

HUB = "site"
ROWS = """\
hub,node,workload,kind,username,server,tag,class,start,end,cpu_core_seconds,memory_mib_seconds
site,c1,4711,job,ada,,,big,2026-09-01T00:00:00Z,2026-09-03T00:00:00Z,7200.5,86400
site,c2,4712,job,ben,,bio,big,2026-09-02T10:07:00Z,2026-09-02T11:07:00Z,3600,
"""


def write_script(path, rows):
    with open(f"{path}.new", "w", encoding="ascii") as file:
        file.write(f"#!/bin/sh\ncat <<'END'\n{rows}END\n")
    os.chmod(f"{path}.new", stat.S_IRWXU)
    os.rename(f"{path}.new", path)


def imported(services):
    """(user, core-microseconds, slots) of what was imported."""
    return [(user, int(used), int(slots)) for user, used, slots in services.sql(
        "SELECT w.username, sum(s.cpu_used_usec), count(*) FROM usage.slot AS s"
        " JOIN usage.workload AS w USING (workload_id) JOIN usage.node AS n USING (node_id)"
        " WHERE n.name IN ('c1', 'c2', 'c3') GROUP BY 1 ORDER BY 1")]


def wait_for_windows(services, count):
    before = sum(watermarks(services).values())
    wait_for(f"{count} more windows", lambda: sum(watermarks(services).values()) >= before + count)


def test_what_a_program_reports_counts_once(services, directory):
    services.cli("topic", "create", HUB)
    script = os.path.join(directory, "accounting")
    write_script(script, ROWS)
    meter = collector(services, directory, HUB, "n1", "http://nobody/hub/api", f"--command={script}")
    rollup = aggregator(services, directory)
    meter.start()
    rollup.start()
    expected = [("ada", 7_200_500_000, 2 * 96), ("ben", 3_600_000_000, 5)]
    wait_for("both jobs", lambda: imported(services) == expected)
    wait_for_windows(services, 4)
    assert imported(services) == expected, "counted again"

    meter.crash()
    write_script(script, ROWS + "site,c3,4713,job,ada,,,big,2026-09-03T00:00:00Z,"
                 "2026-09-03T00:15:00Z,900,\n")
    expected[0] = ("ada", 8_100_500_000, 2 * 96 + 1)
    wait_for("one more", lambda: imported(services) == expected)
    write_script(script, "no such column\n")
    wait_for_windows(services, 4)
    assert imported(services) == expected
    assert services.sql("SELECT * FROM ingest.quarantine") == []
    assert services.sql("SELECT * FROM report.node_reconciliation WHERE difference <> 0") == []
    assert services.sql("SELECT count(*) FROM usage.node WHERE last_observed IS NOT NULL") == [["1"]]
    assert meter.terminate() == 0 and rollup.terminate() == 0
    with open(meter.log, encoding="utf-8") as log:
        text = log.read()
    assert "event=command_failed" in text and "no column is called" in text

"""hubmeter demo: files that are never replaced, and a database that is for nothing else."""
import pytest

USAGE = ("hub,node,workload,kind,username,server,tag,class,start,end,cpu_core_seconds,gpu_seconds\n"
         "{hub},n1,w1,pod,ada,,,,2025-05-05T10:14:00Z,2025-05-05T10:31:00Z,1020,0.017\n")
NODES = "hub,node,class,start,end,cores,memory_mib,gpus\n{hub},n1,,2025-05-05T10:00:00Z,2025-05-05T10:30:00Z,4,1024,1\n"
SLOTS = ("SELECT to_char(slot_start AT TIME ZONE 'UTC', 'HH24:MI'), cpu_used_usec, cpu_billable_usec, gpu_used_msec,"
         " wall_msec, flags FROM usage.slot ORDER BY 1")
NODE_SLOTS = ("SELECT cpu_used_usec, cpu_system_usec, cpu_capacity_usec, memory_capacity_mib_sec, coverage_msec"
              " FROM usage.node_slot ORDER BY slot_start")


def test_files(hubmeter):
    said = hubmeter.ok("demo", "federation", "--scale", "small", "--seed", "7")
    assert said == ".: 97 files of seed 7, scale small: see README.txt\n"
    assert hubmeter.ok("demo", "federation", "--scale", "small", "--seed", "7") == said, "the same again"
    assert "people.csv\": it is there with other content" in hubmeter.refused(
        "demo", "federation", "--scale", "small", "--seed", "8")
    assert '"huge" is not a scale: full or small' in hubmeter.refused("demo", "federation", "--scale=huge", status=2)
    assert "cannot open --directory" in hubmeter.refused("demo", "federation", "--directory=none")


def test_usage_as_the_aggregator_writes_it(hubmeter):
    nodes = hubmeter.write("nodes.csv", NODES.format(hub="demo-x"))
    assert hubmeter.ok("demo", "nodes", nodes) == "nodes.csv: loaded\n"
    usage = hubmeter.write("usage.csv", USAGE.format(hub="demo-x"))
    assert hubmeter.ok("demo", "usage", usage) == "usage.csv: 3 slots, for a demonstration\n"
    assert hubmeter.sql(SLOTS) == ("10:00|60000000|60000000|1|60000|0\n10:15|900000000|900000000|15|900000|0\n"
                                   "10:30|60000000|60000000|1|60000|0")
    assert hubmeter.sql(NODE_SLOTS) == ("132000000|72000000|3600000000|921600|900000\n"
                                        "972000000|72000000|3600000000|921600|900000")
    assert hubmeter.sql("SELECT day, username FROM ingest.dirty_day") == "2025-05-05|ada"
    hubmeter.ok("demo", "usage", usage)
    assert hubmeter.sql("SELECT sum(cpu_used_usec) FROM usage.slot") == "2040000000", "twice is twice"


def test_never_among_real_usage(hubmeter, loaded):
    usage = hubmeter.write("usage.csv", USAGE.format(hub="hub-a"))
    assert "usage that was never measured belongs in a demonstration" in hubmeter.refused("demo", "usage", usage)
    for command in ("usage", USAGE), ("nodes", NODES):
        file = loaded.write("demo.csv", command[1].format(hub="demo-x"))
        assert "belongs in a demonstration" in loaded.refused("demo", command[0], file)
    assert "the database has institutions already" in loaded.refused("demo", "load", ".")


@pytest.mark.parametrize("text, message", [
    (USAGE.format(hub="demo-x").replace("1020", "x"), 'usage.csv:2: column "cpu_core_seconds": "x": '),
    (USAGE.format(hub="demo-x").replace("hub,node", "hub,machine"), 'column "machine": '),
    (USAGE.splitlines()[0], "no rows: there is only the header"),
], ids=("cell", "column", "empty"))
def test_refused(hubmeter, text, message):
    error = hubmeter.refused("demo", "usage", hubmeter.write("usage.csv", text))
    assert message in error and error.endswith("usage.csv: nothing was loaded\n")
    assert "cannot load \"none.csv\": No such file" in hubmeter.refused("demo", "usage", "none.csv")

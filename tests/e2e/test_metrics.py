"""What a collector says of itself to Prometheus is what its spool recorded and what Kafka did; and a collector that
can't say it, or is not asked to, meters all the same."""
import os
import re
import urllib.error
import urllib.request

from harness import People, Program, collector, spool_records
from wait import wait_for

HUB = "watched"
API = "http://watched/hub/api"
SAMPLE = re.compile(r'^hubmeter_collector_(\w+)(?:\{\w+="(\w+)"\})? ([0-9.]+)$', re.MULTILINE)
LISTENS = re.compile(r"event=metrics port=(\d+)")
ANYWHERE = "--metrics-listen=127.0.0.1:0"


def log_of(program):
    with open(program.log, encoding="utf-8") as log:
        return log.read()


def port_of(program):
    """Where it listens; it chose the port."""
    return int(wait_for("a port", lambda: LISTENS.findall(log_of(program)))[-1])


def scrape(program):
    """{(name, label's value or ''): figure as text}"""
    with urllib.request.urlopen(f"http://127.0.0.1:{port_of(program)}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    assert "\nprocess_resident_memory_bytes " in text
    return {(name, label): figure for name, label, figure in SAMPLE.findall(text)}


def usec(figure):
    whole, fraction = figure.split(".")
    assert len(fraction) == 6
    return int(whole) * 1_000_000 + int(fraction)


def count(figures, name, label=""):
    return int(figures[name, label])


def scraped_when(program, what, holds):
    def try_it():
        try:
            figures = scrape(program)
        except urllib.error.HTTPError as error:
            assert error.code == 503 and error.read() == b"nothing is known yet\n"
            return None
        return figures if holds(figures) else None

    return wait_for(what, try_it)


def is_all_acknowledged(figures):
    return count(figures, "records_written_total") > 3 and count(figures, "spool_records") == 0


def libraries_of(program):
    with open(f"/proc/{program.process.pid}/maps", encoding="ascii") as maps:
        return set(re.findall(r"/(lib[\w+-]+)[^/]*\.so", maps.read()))


def test_figures_are_what_the_spool_recorded(services, directory):
    services.cli("topic", "create", HUB)
    people = People(API, People.REST)
    people.start("ada")
    people.start("ben")
    meter = collector(services, directory, HUB, "n1", API, ANYWHERE)
    meter.start()
    scraped_when(meter, "two servers", lambda figures: figures.get(("workloads", "process")) == "2")
    figures = scraped_when(meter, "acknowledgements", is_all_acknowledged)
    records = spool_records(f"{directory}/spool-n1")[:count(figures, "records_written_total")]

    def recorded(name):
        return sum(int(record[name]) for record in records)

    said = {of: usec(figures["node_cpu_seconds_total", of]) for of in ("workloads", "system", "measured")}
    assert said["workloads"] == recorded("cpu_used_usec") > 0
    assert said["system"] == recorded("node_cpu_system_usec")
    assert said["measured"] == recorded("node_cpu_measured_usec")
    assert count(figures, "records_acknowledged_total") == len(records)
    assert ("spool_oldest_timestamp_seconds", "") not in figures
    assert count(figures, "spool_bytes") > 0 and count(figures, "spool_max_bytes") == 64 << 20
    assert count(figures, "samples_total") > count(figures, "records_written_total")
    assert usec(figures["sample_seconds_total", ""]) > 0
    assert {label for name, label in figures if name == "up"} == {"kafka", "spool"}
    assert meter.terminate() == 0
    people.end_all()


def test_kafka_goes_away_and_comes_back(services, directory):
    meter = collector(services, directory, HUB, "n2", API, ANYWHERE)
    meter.start()
    before = scraped_when(meter, "acknowledgements", is_all_acknowledged)
    services.run("kill", "kafka")
    away = scraped_when(meter, "nothing sent", lambda figures: count(figures, "up", "kafka") == 0
                        and count(figures, "spool_records") > 1 and count(figures, "spool_full") == 0)
    oldest = usec(away["spool_oldest_timestamp_seconds", ""])
    assert usec(before["last_acknowledged_timestamp_seconds", ""]) - 2_000_000 < oldest
    assert oldest < usec(away["last_sample_timestamp_seconds", ""])
    services.run("restart", "kafka")
    back = scraped_when(meter, "all sent", lambda figures: count(figures, "up", "kafka") == 1
                        and is_all_acknowledged(figures))
    assert usec(back["last_acknowledged_timestamp_seconds", ""]) > oldest
    assert count(back, "records_sent_total") >= count(back, "records_acknowledged_total")
    assert count(back, "records_lost_total") == count(back, "records_refused_total") == 0
    assert meter.terminate() == 0


def wait_until_it_meters(program, spool):
    wait_for("windows", lambda: os.path.exists(f"{spool}/stream") and len(spool_records(spool)) > 2)
    assert program.alive()


def test_nobody_asks(services, directory):
    meter = collector(services, directory, HUB, "n3", API)
    meter.start()
    wait_until_it_meters(meter, f"{directory}/spool-n3")
    assert "librdkafka" in libraries_of(meter)
    assert not {"libmicrohttpd", "libgnutls"} & libraries_of(meter)
    assert meter.terminate() == 0


def test_the_address_is_taken(services, directory):
    first = collector(services, directory, HUB, "n4", API, ANYWHERE)
    first.start()
    port = port_of(first)
    assert "libmicrohttpd" in libraries_of(first)
    second = collector(services, directory, HUB, "n5", API, f"--metrics-listen=127.0.0.1:{port}")
    second.start()
    wait_until_it_meters(second, f"{directory}/spool-n5")
    assert "event=metrics_refused" in log_of(second) and "Address already in use" in log_of(second)
    assert log_of(second).count("metrics_refused") == 1
    assert second.terminate() == 0 and first.terminate() == 0


def test_the_library_is_missing_or_another(services, directory):
    for number, make in enumerate((lambda path: open(path, "wb").close(),
                                   lambda path: os.symlink("/proc/self/exe", path))):
        folder = os.path.join(directory, f"lib{number}")
        os.mkdir(folder)
        make(os.path.join(folder, "libmicrohttpd.so.12"))
        node = f"n{6 + number}"
        meter = collector(services, directory, HUB, node, API, ANYWHERE)
        meter = Program("hubmeter-collector", meter.log, *meter.command[1:])
        meter.command = ["env", f"LD_LIBRARY_PATH={folder}", *meter.command]
        meter.start()
        wait_until_it_meters(meter, f"{directory}/spool-{node}")
        assert "event=metrics_refused" in log_of(meter) and "libmicrohttpd.so." in log_of(meter)
        assert meter.terminate() == 0

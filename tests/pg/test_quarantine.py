"""hubmeter ingest quarantine: what was refused is found, shown, taken after all or given up, and all that is kept."""
import csv
import io
import json
import os
import re
import shutil
import subprocess

import pytest

from project import SOURCE, program

TOPIC, HUB, STREAM = "usage.physics.v1", "physics", "0102030405060708090a0b0c0d0e0f10"
WALL = 140_000  # of the golden batch: milliseconds
with open(os.path.join(SOURCE, "tests/golden/v1-classroom.bin"), "rb") as golden:
    BATCH = golden.read()


def refuse(hubmeter, offset, reason, payload=BATCH, topic=TOPIC, more=""):
    """As an aggregator does; its number."""
    hubmeter.sql(f"""
        INSERT INTO ingest.partition (topic, partition, next_offset) VALUES ('{topic}', 0, 0) ON CONFLICT DO NOTHING;
        UPDATE ingest.partition SET next_offset = {offset + 1}, quarantined = quarantined + 1,
               skipped = skipped + {offset} - next_offset
        WHERE topic = '{topic}'""")
    return hubmeter.sql(f"""
        INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload, received_at)
        VALUES ('{topic}', 0, {offset}, '{reason}', '\\x{payload.hex()}', '2026-09-01T00:05Z') RETURNING quarantine_id
        {more}""")


@pytest.fixture
def refused(hubmeter):
    """The same good batch twice, and noise; of another hub, too. {what: number}"""
    return {"good": refuse(hubmeter, 3, "window_future"), "again": refuse(hubmeter, 4, "window_future"),
            "noise": refuse(hubmeter, 5, "malformed", b"noise"),
            "other": refuse(hubmeter, 0, "malformed", b"x", "usage.maths.v1")}


@pytest.fixture(autouse=True)
def with_aggregator(monkeypatch):
    monkeypatch.setenv("PATH", os.path.dirname(program("hubmeter-aggregator")) + ":" + os.environ["PATH"])


def quarantine(hubmeter, *arguments, **options):
    return hubmeter.ok("ingest", "quarantine", *arguments, **options)


def outcomes(done):
    """{number: (outcome, detail)} of what a retry printed as CSV."""
    return {row["id"]: (row["outcome"], row["detail"]) for row in csv.DictReader(io.StringIO(done))}


def wall(hubmeter):
    return int(hubmeter.sql("SELECT coalesce(sum(wall_msec), 0) FROM usage.slot"))


def facts(text):
    return dict(csv.reader(io.StringIO(text)))


def test_list(hubmeter, refused):
    groups = json.loads(quarantine(hubmeter, "list", "--format=json"))
    assert [(g["topic"], g["refused_as"], g["messages"]) for g in groups] == [
        ("usage.maths.v1", "malformed", 1), (TOPIC, "malformed", 1), (TOPIC, "window_future", 2)]
    each = list(csv.DictReader(io.StringIO(quarantine(hubmeter, "list", "--each", "--format=csv", f"--hub={HUB}"))))
    assert [row["id"] for row in each] == [refused["good"], refused["again"], refused["noise"]]
    assert each[0]["offset"] == "3" and each[0]["refused_at"] == "2026-09-01T00:05:00Z"
    table = quarantine(hubmeter, "list", f"--topic={TOPIC}", "--refused=malformed")
    assert "malformed" in table and "window_future" not in table
    hubmeter.sql(f"UPDATE ingest.quarantine SET received_at = now() WHERE quarantine_id = {refused['noise']}")
    assert "window_future" not in quarantine(hubmeter, "list", "--since=1h")
    assert "nothing is in quarantine" in hubmeter.run("ingest", "quarantine", "list", "--hub=nobody").stderr
    quarantine(hubmeter, "discard", refused["noise"], "--reason=noise")
    assert "malformed" not in quarantine(hubmeter, "list", "--each", f"--hub={HUB}")
    assert "discarded" in quarantine(hubmeter, "list", "--each", "--all")


def test_show(hubmeter, refused):
    said = facts(quarantine(hubmeter, "show", refused["good"], "--format=csv", "--payload=saved"))
    assert (said["topic"], said["offset"], said["state"]) == (TOPIC, "3", "open")
    assert said["that is"].startswith("its window ended after it was written")
    assert (said["hub"], said["node"], said["stream"], said["rows"]) == (HUB, "node-1", STREAM, "3")
    assert said["sequence"] == "4611686018427387904"
    assert said["window"] == "2026-09-01T00:00:00Z to 2026-09-01T00:01:00Z"
    assert said["wrong with it"].startswith("nothing but")
    assert (hubmeter.files / "saved").read_bytes() == BATCH
    assert "File exists" in hubmeter.refused("ingest", "quarantine", "show", refused["good"], "--payload=saved")
    assert (hubmeter.files / "saved").read_bytes() == BATCH
    noise = facts(quarantine(hubmeter, "show", refused["noise"], "--format=csv"))
    assert noise["wrong with it"].startswith("malformed")
    assert "no message 12345" in hubmeter.refused("ingest", "quarantine", "show", "12345")


def test_retry(hubmeter, refused):
    done = hubmeter.run("ingest", "quarantine", "retry", f"--hub={HUB}", "--format=csv")
    said = outcomes(done.stdout)
    assert done.returncode == 1  # one is left
    assert {n: o for n, (o, _) in said.items()} == {
        refused["good"]: "taken", refused["again"]: "duplicate", refused["noise"]: "refused"}
    assert said[refused["noise"]][1] == "malformed: it is not a message of usage at all"
    assert wall(hubmeter) == WALL
    assert hubmeter.sql("SELECT taken, duplicates, quarantined, skipped, next_offset FROM ingest.partition"
                        f" WHERE topic = '{TOPIC}'") == "1|1|1|3|6"
    done = hubmeter.run("ingest", "quarantine", "retry", refused["good"], "777", "--format=csv")
    assert done.returncode == 1
    assert outcomes(done.stdout) == {refused["good"]: ("closed", "it is taken already"),
                                     "777": ("absent", "no such message")}
    assert wall(hubmeter) == WALL
    assert "taken by postgres" in quarantine(hubmeter, "show", refused["good"])
    assert hubmeter.sql("SELECT count(*) FROM ingest.dirty_day WHERE day = '2026-09-01'") == "1"


def test_shift(hubmeter, refused):
    assert "--reason" in hubmeter.refused("ingest", "quarantine", "retry", refused["good"], "--shift=-1h", status=2)
    done = hubmeter.run("ingest", "quarantine", "retry", refused["good"], "--shift=+1h", "--reason=the wrong way",
                        "--format=csv")
    assert outcomes(done.stdout)[refused["good"]][0] == "refused"
    assert wall(hubmeter) == 0
    done = quarantine(hubmeter, "retry", refused["good"], "--shift=-2h", "--reason=its clock", "--format=csv")
    assert outcomes(done) == {refused["good"]: ("taken", "")}
    assert hubmeter.sql("SELECT DISTINCT slot_start AT TIME ZONE 'UTC' FROM usage.slot") == "2026-08-31 22:00:00"
    assert hubmeter.sql("SELECT shift, reason, acted_by FROM ingest.quarantine_act WHERE outcome = 'taken'") == (
        "-02:00:00|its clock|postgres")
    for act in ("UPDATE ingest.quarantine_act SET reason = 'x'", "DELETE FROM ingest.quarantine_act",
                "TRUNCATE ingest.quarantine_act"):
        with pytest.raises(subprocess.CalledProcessError):
            hubmeter.sql(act)
    done = hubmeter.run("ingest", "quarantine", "retry", refused["again"], "--shift=yesterday", "--reason=its clock")
    assert done.returncode != 0 and "not + or - and a time" in done.stderr


def test_age(hubmeter, refused):
    """It was written when it was a year old: nobody takes that by mistake."""
    hubmeter.sql("UPDATE ingest.quarantine SET written_at = '2027-09-01Z', written_by = 'broker'")
    done = hubmeter.run("ingest", "quarantine", "retry", refused["good"], "--format=csv")
    assert outcomes(done.stdout)[refused["good"]][1].startswith("window_too_old: ")
    assert outcomes(quarantine(hubmeter, "retry", refused["good"], "--max-age=400d", "--format=csv")) == {
        refused["good"]: ("taken", "")}
    hubmeter.write("aggregator.conf", "max_age = 400d\nkafka.bootstrap.servers = nowhere:1\npostgres = host=/nowhere\n")
    assert outcomes(quarantine(hubmeter, "retry", refused["again"], "--aggregator-config=aggregator.conf",
                               "--format=csv")) == {refused["again"]: ("duplicate", "")}


def test_discard(hubmeter, refused):
    assert "--reason" in hubmeter.refused("ingest", "quarantine", "discard", refused["noise"], status=2)
    assert "--reason" in hubmeter.refused("ingest", "quarantine", "discard", refused["noise"], "--reason= ", status=2)
    assert quarantine(hubmeter, "discard", refused["noise"], "--reason=a test") == "1 message discarded\n"
    assert hubmeter.sql("SELECT state, payload = 'noise' FROM ingest.quarantine WHERE quarantine_id = "
                        + refused["noise"]) == "discarded|t"
    assert f"message {refused['noise']} is discarded" in hubmeter.refused(
        "ingest", "quarantine", "discard", refused["again"], refused["noise"], "--reason=both or none")
    assert hubmeter.sql("SELECT count(*) FROM ingest.quarantine WHERE state = 'open'") == "3"
    assert quarantine(hubmeter, "discard", "--hub=physics", "--refused=window_future", "--reason=of a test machine",
                      "--drop-payload") == "2 messages discarded, payload dropped\n"
    assert hubmeter.sql("SELECT count(*) FROM ingest.quarantine WHERE payload IS NULL") == "2"
    said = quarantine(hubmeter, "show", refused["good"])
    assert "discarded, payload dropped by postgres: of a test machine" in said
    assert "it was dropped" in hubmeter.refused("ingest", "quarantine", "show", refused["good"], "--payload=x")
    assert not (hubmeter.files / "x").exists()
    assert hubmeter.sql(f"SELECT quarantined FROM ingest.partition WHERE topic = '{TOPIC}'") == "3"


def test_which_ones(hubmeter, refused):
    """Nothing is chosen by accident."""
    for act in ("retry", "discard"):
        for wrong in ([], ["--refused=malformed"], ["--since=1d"], [refused["good"], f"--hub={HUB}"],
                      [refused["good"], "--refused=malformed"], ["seven"], ["-1"], ["1,2"]):
            assert hubmeter.run("ingest", "quarantine", act, "--reason=x", *wrong).returncode == 2, wrong
    for wrong in (["show"], ["show", "1", "2"], ["show", "x"], ["list", "1"], ["retries"]):
        assert hubmeter.run("ingest", "quarantine", *wrong).returncode == 2, wrong
    assert hubmeter.sql("SELECT count(*) FROM ingest.quarantine WHERE state <> 'open'") == "0"


def test_who_may(hubmeter, refused):
    hubmeter.sql("SELECT usage.show_hub('hm_hub_ro', 'maths')")
    assert quarantine(hubmeter, "list", "--format=csv", user="hm_hub_ro").count("\n") == 2
    assert "no message" in hubmeter.refused("ingest", "quarantine", "show", refused["good"], user="hm_hub_ro")
    quarantine(hubmeter, "discard", refused["good"], "--reason=x")
    assert hubmeter.sql("SET SESSION AUTHORIZATION hm_hub_ro; SELECT count(*) FROM ingest.quarantine_act") == "0"
    for user in ("hm_hub_ro", "hm_aggregator", "hm_rater"):
        for act in ("retry", "discard"):
            done = hubmeter.run("ingest", "quarantine", act, refused["other"], "--reason=x", user=user)
            assert done.returncode == 1 and "permission denied" in done.stdout + done.stderr, (user, act)
    hubmeter.sql("CREATE ROLE operator LOGIN IN ROLE hm_owner")
    try:
        hubmeter.sql(f"GRANT CONNECT ON DATABASE {hubmeter.sql('SELECT current_database()')} TO operator")
        quarantine(hubmeter, "retry", refused["again"], user="operator")
        quarantine(hubmeter, "discard", refused["other"], "--reason=y", user="operator")
        assert hubmeter.sql("SELECT string_agg(acted_by, ' ' ORDER BY act_id) FROM ingest.quarantine_act") == (
            "postgres operator operator")
    finally:
        hubmeter.sql("DROP OWNED BY operator; DROP ROLE operator")


def test_no_aggregator_here(hubmeter, refused, tmp_path, monkeypatch):
    alone = tmp_path / "bin"
    alone.mkdir()
    shutil.copy(program("hubmeter"), alone)
    retry = [alone / "hubmeter", f"--postgres={hubmeter.conninfo}", "ingest", "quarantine", "retry", refused["good"]]
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PATH", "/nowhere")
        done = subprocess.run(retry, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "neither beside this one nor in the PATH" in done.stderr
    shutil.copy(program("hubmeter-aggregator"), alone)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PATH", "/nowhere")
        subprocess.run(retry, check=True, stdout=subprocess.PIPE)
    assert wall(hubmeter) == WALL


def test_many(hubmeter):
    """More than one run of the aggregator takes at once, in the order in which they were sent."""
    refuse(hubmeter, 0, "window_future")
    hubmeter.sql(f"""
        INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload, received_at)
        SELECT topic, partition, n, 'malformed', 'x', received_at FROM ingest.quarantine, generate_series(1, 1200) AS n;
        UPDATE ingest.partition SET next_offset = 1201, quarantined = 1201""")
    done = hubmeter.run("ingest", "quarantine", "retry", f"--topic={TOPIC}", "--format=csv")
    said = outcomes(done.stdout)
    assert [outcome for outcome, _ in said.values()] == ["taken"] + 1200 * ["refused"]
    assert hubmeter.sql("SELECT count(*), count(DISTINCT quarantine_id) FROM ingest.quarantine_act") == "1201|1201"


def test_doctor_says_how(hubmeter, refused):
    assert "'hubmeter ingest quarantine list'" in hubmeter.run("doctor").stdout
    quarantine(hubmeter, "discard", *refused.values(), "--reason=all seen")
    assert re.search(r"^ok +quarantine +empty$", hubmeter.run("doctor").stdout, re.MULTILINE)

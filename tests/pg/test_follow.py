"""hubmeter rate --follow: charges follow usage within a minute, until somebody ends it."""
import signal

import pytest

from university import RATED
from wait import wait_for


@pytest.fixture(name="follower")
def follower_process(loaded):
    process = loaded.start("rate", "--follow")
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def lines(hubmeter):
    return hubmeter.sql("SELECT count(*) FROM charge.line")


def test_it_follows(loaded, follower):
    wait_for("the charges", lambda: lines(loaded) == "6")
    loaded.sql("UPDATE price.book SET rate = 2 * rate WHERE resource = 'cpu'")
    wait_for("the new price", lambda: loaded.sql("SELECT sum(amount) FROM charge.line") == "0.078001458")
    assert follower.poll() is None
    follower.send_signal(signal.SIGTERM)
    said, errors = follower.communicate(timeout=30)
    assert (follower.returncode, errors) == (0, "")
    assert said == RATED + ("rated 1 hub-day: lines 0 added, 3 changed, 0 removed, 3 unchanged\n"
                            "uni 2026-10: +0.039 EUR\n")


def test_a_day_that_fails_is_left_for_a_while(loaded):
    loaded.sql("UPDATE price.book SET rate = 9999999999")
    loaded.sql("UPDATE usage.slot SET cpu_used_usec = 9e18::bigint, cpu_billable_usec = 9e18::bigint")
    process = loaded.start("rate", "--follow")
    wait_for("the failure", lambda: loaded.sql("SELECT count(*) FROM charge.failed_day") == "1")
    loaded.sql("INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-06' FROM usage.hub")
    wait_for("the other day",
             lambda: loaded.sql("SELECT count(*) FROM ingest.dirty_day WHERE day = '2026-10-06'") == "0")
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert errors.count("cannot rate") == 1, "once, not in every round"
    assert said.count("rated 1 hub-day") == 1


def test_without_a_database(loaded, follower):
    wait_for("the charges", lambda: lines(loaded) == "6")
    loaded.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
               " WHERE datname = current_database() AND pid <> pg_backend_pid()")
    _, errors = follower.communicate(timeout=60)
    assert follower.returncode == 1
    assert errors.startswith("hubmeter: cannot rate: ")


def test_two_at_once(loaded):
    both = [loaded.start("rate", "--follow") for _ in range(2)]
    wait_for("the charges", lambda: lines(loaded) == "6")
    for process in both:
        process.terminate()
    assert [process.communicate(timeout=30)[1] for process in both] == ["", ""]
    assert sorted(process.returncode for process in both) == [0, 0]
    assert lines(loaded) == "6"

"""What ends hubmeter-aggregator before it reads anything, and what does not."""
import subprocess

from project import program


def run(*arguments):
    return subprocess.run([program("hubmeter-aggregator"), *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def test_nothing_configured():
    done = run()
    assert done.returncode == 2
    assert "option \"kafka.bootstrap.servers\": no broker is named" in done.stderr


def test_refused_setting():
    done = run("--kafka.bootstrap.servers=127.0.0.1:1", "--postgres=dbname=x",
               "--kafka.auto.offset.reset=latest")
    assert done.returncode == 2
    assert 'option "kafka.auto.offset.reset": set by hubmeter itself' in done.stderr


def test_a_database_that_does_not_fit(fresh):
    done = run("--kafka.bootstrap.servers=127.0.0.1:1", f"--postgres={fresh.conninfo}")
    assert done.returncode == 4
    assert "event=postgres_unfit" in done.stderr and "run 'hubmeter migrate'" in done.stderr


def test_another_version(hubmeter):
    hubmeter.sql("DELETE FROM audit.migration WHERE version > 3")
    done = run("--kafka.bootstrap.servers=127.0.0.1:1", f"--postgres={hubmeter.conninfo}")
    assert done.returncode == 4
    assert "the database's schema is version 3, this program wants" in done.stderr

"""What ends hubmeter-aggregator before it reads anything, and what does not."""
import signal
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


def test_an_address_that_is_not_to_be_had(hubmeter):
    done = run("--kafka.bootstrap.servers=127.0.0.1:1", f"--postgres={hubmeter.conninfo}", "--metrics-listen=9464")
    assert done.returncode == 2
    assert 'option "metrics_listen": "9464": not an address and a port' in done.stderr


def test_hangup_reads_the_configuration_again(hubmeter, tmp_path):
    config = tmp_path / "aggregator.conf"
    text = f"kafka.bootstrap.servers = 127.0.0.1:1\npostgres = {hubmeter.conninfo}\nflush_interval = "
    config.write_text(text + "1s\n")
    with subprocess.Popen([program("hubmeter-aggregator"), f"--config={config}"], stderr=subprocess.PIPE,
                          text=True) as process:
        def wait_for_event(name):
            return next(line for line in process.stderr if f"event={name} " in line)

        def hang_up(value, event):
            config.write_text(text + value)
            process.send_signal(signal.SIGHUP)
            return wait_for_event(event)

        wait_for_event("started")
        assert "changed=flush_interval needs_restart=none" in hang_up("2s\n", "reloaded")
        assert "unknown option" in hang_up("2s\nflush_intervall = 3s\n", "reload_refused")
        assert "changed=none needs_restart=group_id" in hang_up("2s\ngroup_id = x\n", "reloaded")
        process.terminate()
        process.stderr.read()
    assert process.returncode == 0

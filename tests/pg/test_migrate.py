"""hubmeter migrate: in order, once, in one transaction each, by the right one."""
import concurrent.futures
import shutil

import pytest

from command import LAST, MIGRATIONS, REPLACEABLE, SQL


@pytest.fixture
def copy(fresh):
    """A directory with the migrations, to be tampered with."""
    return shutil.copytree(SQL, fresh.files / "sql")


def test_twice(fresh):
    applied = "".join(f"applied {name}\n" for name in MIGRATIONS)
    assert fresh.ok("migrate", "--sql-dir", SQL) == (
        applied + f"made functions and views anew ({REPLACEABLE} files)\n"
        f"schema is at version {LAST}\n")
    assert fresh.ok("migrate", "--sql-dir", SQL) == f"schema is at version {LAST}, nothing to do\n"
    assert fresh.sql("SELECT name FROM audit.migration ORDER BY version").split() == MIGRATIONS


def test_at_once(fresh):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = [pool.submit(fresh.ok, "migrate", "--sql-dir", SQL) for _ in range(3)]
    outputs = [run.result() for run in runs]
    assert sum(output.count("applied ") for output in outputs) == len(MIGRATIONS)


def test_altered_file(fresh, copy):
    fresh.ok("migrate", "--sql-dir", str(copy))
    with open(copy / "schema" / MIGRATIONS[2], "a", encoding="utf-8") as file:
        file.write("-- a word more\n")
    assert fresh.refused("migrate", "--sql-dir", str(copy)) == (
        f"hubmeter: cannot migrate: {MIGRATIONS[2]} was changed after it was applied: "
        "restore it and put the change into a new file\n")


def test_newer_database(fresh, copy):
    fresh.write(f"sql/schema/{LAST + 1:04}_next.sql", "SELECT 1;")
    fresh.ok("migrate", "--sql-dir", str(copy))
    assert fresh.refused("migrate", "--sql-dir", SQL) == (
        f"hubmeter: cannot migrate: the database has version {LAST + 1} "
        f"({LAST + 1:04}_next.sql), the newest file is {MIGRATIONS[-1]}: "
        "install the hubmeter that belongs to the database\n")


def test_failing_file(fresh, copy):
    name = f"{LAST + 1:04}_bad.sql"
    fresh.write("sql/schema/" + name,
                "SET LOCAL ROLE hm_owner;\nCREATE TABLE org.left_over ();\n"
                "-- ünïcödé\nSELECT nothing FROM nowhere;\n")
    assert fresh.refused("migrate", "--sql-dir", str(copy)) == (
        f'hubmeter: cannot migrate: {name}:4: relation "nowhere" does not exist\n')
    assert fresh.sql("SELECT to_regclass('org.left_over')") == ""
    assert fresh.sql("SELECT to_regclass('audit.migration')") == "", "all or nothing"


def test_committing_file(fresh, copy):
    name = f"{LAST + 1:04}_commit.sql"
    fresh.write("sql/schema/" + name, "COMMIT;")
    assert f"{name}: ends the transaction" in fresh.refused("migrate", "--sql-dir", str(copy))


def test_holes(fresh, copy):
    (copy / "schema" / MIGRATIONS[3]).unlink()
    assert "has no file of version 4" in fresh.refused("migrate", "--sql-dir", str(copy))
    assert "cannot read" in fresh.refused("migrate", "--sql-dir", "/nowhere")


def test_stranger(fresh, copy):
    fresh.ok("migrate", "--sql-dir", SQL)
    fresh.write(f"sql/schema/{LAST + 1:04}_next.sql", "SELECT 1;")
    assert 'user "hm_finance" may not act as hm_owner' in fresh.refused(
        "migrate", "--sql-dir", str(copy), user="hm_finance")

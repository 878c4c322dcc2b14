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


def test_wrong_encoding(fresh):
    name = fresh.sql("SELECT current_database()")
    fresh.conninfo = fresh.conninfo.replace(name, "postgres")
    fresh.sql(f'DROP DATABASE "{name}"')
    fresh.sql(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C'"
              " LC_CTYPE 'C'")
    fresh.conninfo = fresh.conninfo.replace("dbname=postgres", f"dbname={name}")
    assert fresh.refused("migrate", "--sql-dir", SQL) == (
        "hubmeter: cannot migrate: the database's encoding is LATIN1, hubmeter needs UTF8: create "
        "it with TEMPLATE template0 ENCODING 'UTF8'\n")
    assert fresh.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'usage'") == "0"


@pytest.mark.parametrize("arguments", [
    ("rate",), ("report", "users"), ("report", "nodes"), ("import", "people", "people.csv")])
def test_schema_of_another_version(hubmeter, arguments):
    hubmeter.write("people.csv", "person,name\np1,Ada\n")
    hubmeter.sql(f"INSERT INTO audit.migration VALUES ({LAST + 1}, 'next', '')")
    assert hubmeter.refused(*arguments) == (
        f"hubmeter: cannot use the database: the database's schema is version {LAST + 1}, this "
        f"program wants {LAST}: install the hubmeter that belongs to the database\n")
    hubmeter.sql(f"DELETE FROM audit.migration WHERE version >= {LAST}")
    assert hubmeter.refused(*arguments) == (
        f"hubmeter: cannot use the database: the database's schema is version {LAST - 1}, this "
        f"program wants {LAST}: run 'hubmeter migrate'\n")


def test_no_schema(fresh):
    assert fresh.refused("rate") == ("hubmeter: cannot use the database: the database has no schema "
                                     "of hubmeter: run 'hubmeter migrate'\n")


def test_limits(hubmeter):
    assert hubmeter.sql("SELECT rolname, rolconnlimit FROM pg_roles WHERE rolname ~ '^hm_'"
                        " ORDER BY 1").split() == [
        "hm_aggregator|20", "hm_finance|30", "hm_hub_ro|30", "hm_owner|-1", "hm_rater|10"]

"""hubmeter migrate: in order, once, in one transaction each, by the right one."""
import concurrent.futures
import os
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


def test_charges_of_before_become_lines_and_shares(fresh):
    """0009 divides charge.line: what was charged, and to whom, stays to the nano-unit."""
    def apply(names):
        for name in names:
            with open(os.path.join(SQL, "schema", name), encoding="utf-8") as file:
                fresh.sql("BEGIN;" + file.read() + "COMMIT;")

    apply(name for name in MIGRATIONS if name < "0009")
    fresh.sql("""
        INSERT INTO usage.hub (name) VALUES ('h');
        CREATE TABLE charge.line_2026_09 PARTITION OF charge.line FOR VALUES FROM ('2026-09-01') TO ('2026-10-01');
        INSERT INTO org.unit (institution_id, code, name) VALUES (0, 'a', 'A'), (0, 'b', 'B');
        INSERT INTO org.person (code, name) VALUES ('p', 'P');
        INSERT INTO charge.line
        SELECT hub_id, day::date, 0, '2026-09-01', u.unit_id, p.person_id, l.name, 1, resource, 10, 0, 10, 0,
               nullif(price, 0), nullif(price, 0) * 0.013, amount, 'USD',
               CASE WHEN unit IS NULL THEN 'suspense' ELSE 'home' END,
               CASE WHEN unit IS NULL THEN 'no alias' END, day::timestamptz, day::timestamptz
        FROM usage.hub h, (VALUES ('2026-09-02', 'a',  'p',  'ann', 'cpu',    1, 0.000000001),
                                ('2026-09-02', 'b',  'p',  'ann', 'cpu',    1, 0.000000003),
                                ('2026-09-02', 'a',  'p',  'ann', 'memory', 0, 0),
                                ('2026-09-03', NULL, NULL, 'eve', 'cpu',    1, 7))
             AS l (day, unit, person, name, resource, price, amount)
        LEFT JOIN org.unit u ON u.code = unit LEFT JOIN org.person p ON p.code = person""")
    apply(["0009_charge_lines.sql"])
    assert fresh.sql("SELECT day, resource, used, amount, basis FROM charge.line ORDER BY 1, 2").split() == [
        "2026-09-02|cpu|20|0.000000004|rate_card", "2026-09-02|memory|10|0.000000000|rate_card",
        "2026-09-03|cpu|10|7.000000000|rate_card"]
    assert fresh.sql("SELECT day, resource, sequence, code, rule, amount FROM charge.share"
                     " LEFT JOIN org.unit USING (unit_id) ORDER BY 1, 2, 3").split() == [
        "2026-09-02|cpu|1|a|home|0.000000001", "2026-09-02|cpu|2|b|home|0.000000003",
        "2026-09-02|memory|1|a|home|0.000000000", "2026-09-03|cpu|1||suspense|7.000000000"]
    assert fresh.sql("SELECT count(*), count(run_id) FROM ingest.dirty_day") == "2|2"
    assert int(fresh.sql("SELECT nextval('charge.line_id')")) == 4


def apply(fresh, names):
    for name in names:
        with open(os.path.join(SQL, "schema", name), encoding="utf-8") as file:
            fresh.sql("BEGIN;" + file.read() + "COMMIT;")


def test_streams_of_several_partitions_become_one(fresh):
    """0027 unites a stream's watermarks: what was taken in any partition was taken, the rest is missing."""
    apply(fresh, (name for name in MIGRATIONS if name < "0027"))
    fresh.sql("""
        CREATE FUNCTION public.s(text) RETURNS bytea LANGUAGE sql AS $$ SELECT decode(repeat($1, 16), 'hex') $$;
        INSERT INTO ingest.partition (topic, partition, next_offset) VALUES ('t', 0, 20), ('t', 1, 7), ('u', 0, 0);
        INSERT INTO ingest.watermark (topic, partition, stream, sequence) VALUES
            ('t', 0, public.s('aa'), 20), ('t', 1, public.s('aa'), 20), -- 16..20 replayed, with a false gap
            ('t', 0, public.s('bb'), 9),                                -- of one partition
            ('t', 0, public.s('cc'), 10), ('t', 1, public.s('cc'), 16), ('t', 2, public.s('cc'), 3),
            ('u', 0, public.s('aa'), 5);                                -- the same name in another topic
        INSERT INTO ingest.gap (topic, partition, stream, first_sequence, last_sequence, seen_at) VALUES
            ('t', 1, public.s('aa'), 1, 15, '2026-01-01Z'),
            ('t', 0, public.s('bb'), 2, 3, '2026-01-02Z'), ('t', 0, public.s('bb'), 7, 7, '2026-01-03Z'),
            ('t', 0, public.s('cc'), 4, 6, '2026-01-04Z'), ('t', 1, public.s('cc'), 1, 4, '2026-01-05Z'),
            ('t', 1, public.s('cc'), 6, 12, '2026-01-06Z'),
            ('u', 0, public.s('aa'), 1, 4, '2026-01-07Z');
        INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload, received_at)
        VALUES ('t', 0, 4, 'malformed', 'x', '2026-01-01Z'), ('t', 1, 4, 'string', 'y', '2026-01-02Z')""")
    apply(fresh, ["0027_streams.sql"])
    assert fresh.sql("SELECT topic, left(encode(stream, 'hex'), 2), sequence, node IS NULL FROM ingest.watermark"
                     " ORDER BY 1, 2").split() == ["t|aa|20|t", "t|bb|9|t", "t|cc|16|t", "u|aa|5|t"]
    # cc: 1-3 and 7-10 in partition 0, 5 and 13-16 in partition 1, 1-3 in partition 2
    assert fresh.sql("SELECT topic, left(encode(stream, 'hex'), 2), first_sequence, last_sequence,"
                     " (seen_at AT TIME ZONE 'UTC')::date FROM ingest.gap ORDER BY 1, 2, 3").split() == [
        "t|bb|2|3|2026-01-02", "t|bb|7|7|2026-01-03",
        "t|cc|4|4|2026-01-04", "t|cc|6|6|2026-01-04", "t|cc|11|12|2026-01-06", "u|aa|1|4|2026-01-07"]
    assert fresh.sql("SELECT partition, next_offset, first_offset, taken FROM ingest.partition WHERE topic = 't'"
                     " ORDER BY 1").split() == ["0|20|20|0", "1|7|7|0"]
    assert fresh.sql("SELECT count(DISTINCT quarantine_id) FROM ingest.quarantine") == "2"


def test_which_refusals_are_in_the_account(fresh):
    """0033: those from before the account, or before the topic was made anew, are in none."""
    apply(fresh, (name for name in MIGRATIONS if name < "0033"))
    fresh.sql("""
        INSERT INTO ingest.partition (topic, partition, next_offset, first_offset, quarantined)
        VALUES ('t', 0, 20, 18, 2), ('u', 0, 5, 3, 2);
        INSERT INTO ingest.decision (topic, partition, act, from_offset, stopped_reason, reason, decided_at)
        VALUES ('u', 0, 'restart', 0, 'x', 'x', '2026-02-01Z');
        INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload, received_at)
        VALUES ('t', 0, 17, 'string', '', '2026-01-01Z'), ('t', 0, 18, 'string', '', '2026-01-02Z'),
               ('t', 0, 19, 'string', '', '2026-01-03Z'), ('t', 0, 20, 'string', '', '2026-01-04Z'),
               ('u', 0, 4, 'string', '', '2026-01-01Z'), ('u', 0, 4, 'string', '', '2026-03-01Z'),
               ('v', 0, 0, 'string', '', '2026-03-01Z')""")
    apply(fresh, ["0033_quarantine.sql"])
    assert fresh.sql("SELECT string_agg(left(is_counted::text, 1), '' ORDER BY quarantine_id),"
                     " string_agg(DISTINCT state, '') FROM ingest.quarantine") == "fttfftf|open"


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
        "hm_admission|50", "hm_aggregator|20", "hm_auditor|-1", "hm_controller|-1", "hm_dashboard|30", "hm_finance|30",
        "hm_hub_ro|30", "hm_instructor|-1", "hm_member|-1", "hm_owner|-1",
        "hm_rater|10", "hm_steward|-1", "hm_web|50"]

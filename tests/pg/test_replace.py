"""hubmeter migrate makes functions and views anew: at once, completely, and nobody's but its own.

HUBMETER_REPLACEMENTS=n has it do so n times while others read (default 4).
"""
import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time

import pytest

from command import LAST, REPLACEABLE, SQL
from university import fill_university

VIEW = "report/department_cost.sql"
ANEW = f"made functions and views anew ({REPLACEABLE} files)\nschema is at version {LAST}\n"
READERS = 4
REPLACEMENTS = int(os.environ.get("HUBMETER_REPLACEMENTS", "4"))  # while they read
DEADLINE = 60


class Files:
    """The schema's files, to be edited as a release would."""

    def __init__(self, hubmeter):
        self.hubmeter = hubmeter
        self.path = shutil.copytree(SQL, hubmeter.files / "sql")

    def edit(self, name, old, new):
        text = (self.path / name).read_text(encoding="utf-8")
        assert old in text
        (self.path / name).write_text(text.replace(old, new), encoding="utf-8")

    def add(self, name, text, manifest=True):
        (self.path / name).write_text(text, encoding="utf-8")
        if manifest:
            with open(self.path / "manifest", "a", encoding="utf-8") as file:
                file.write(name + "\n")

    def remove(self, name):
        (self.path / name).unlink()
        self.edit("manifest", name + "\n", "")

    def migrate(self):
        return self.hubmeter.ok("migrate", "--sql-dir", str(self.path))

    def refused(self):
        return self.hubmeter.refused("migrate", "--sql-dir", str(self.path))


def fill_rated(loaded):
    loaded.ok("rate")


@pytest.fixture
def files(copy_of):
    return Files(copy_of(fill_rated, fill_university))


def psql(hubmeter, user="postgres", stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more):
    return subprocess.Popen(
        ["psql", hubmeter.conninfo.replace("user=postgres", f"user={user}"), "-XAtq", "-v",
         "ON_ERROR_STOP=1", "-f", "-"], stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, text=True, **more)


def until(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {DEADLINE} s"


def objects(hubmeter):
    """Everything in our schemas with its definition, comment and grants, but no oid."""
    return hubmeter.sql("""
        SELECT i.type, i.identity, obj_description(o.oid, o.catalogue), o.acl, o.definition
        FROM (SELECT c.oid, 'pg_class' AS catalogue, c.relacl::text AS acl,
                     CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END AS definition
              FROM pg_class AS c
              WHERE c.relnamespace IN (SELECT oid FROM pg_namespace
                                       WHERE nspowner = 'hm_owner'::regrole)
                AND c.relkind IN ('r', 'p', 'v')
              UNION ALL
              SELECT p.oid, 'pg_proc', p.proacl::text, pg_get_functiondef(p.oid)
              FROM pg_proc AS p
              WHERE p.pronamespace IN (SELECT oid FROM pg_namespace
                                       WHERE nspowner = 'hm_owner'::regrole)
              UNION ALL
              SELECT t.oid, 'pg_trigger', NULL, pg_get_triggerdef(t.oid)
              FROM pg_trigger AS t WHERE NOT tgisinternal) AS o,
             pg_identify_object(o.catalogue::regclass, o.oid, 0) AS i ORDER BY 1, 2""")


def test_nothing_is_lost(files):
    before = objects(files.hubmeter)
    files.edit(VIEW, "SELECT i.code ", "SELECT  i.code ")
    assert files.migrate() == ANEW
    assert objects(files.hubmeter) == before
    assert files.migrate() == f"schema is at version {LAST}, nothing to do\n"


def keep_asking(reader, question, is_over):
    """Until @is_over, and what was asked by then is answered."""
    while not is_over.is_set():
        reader.stdin.write(question)
        reader.stdin.flush()
    reader.stdin.close()


def test_readers_see_the_old_or_the_new(files):
    """Two views in one transaction are of one version, whenever they are read; nobody fails."""
    hubmeter = files.hubmeter
    other = "report/user_cost.sql"
    question = ("BEGIN;\nSELECT DISTINCT department ~ '^new' FROM report.department_cost;\n"
                "SELECT DISTINCT department ~ '^new' FROM report.user_cost;\nCOMMIT;\n")
    is_over = threading.Event()
    with contextlib.ExitStack() as asked, tempfile.TemporaryFile("w+") as errors:
        outputs = [asked.enter_context(tempfile.TemporaryFile("w+")) for _ in range(READERS)]
        readers = [psql(hubmeter, "hm_finance", stdout=output, stderr=errors, pipesize=4096)
                   for output in outputs]  # a small pipe: nobody has many questions left in the end
        threads = [threading.Thread(target=keep_asking, args=(reader, question, is_over)) for reader in readers]
        for thread in threads:
            thread.start()
        old, new = "coalesce(u.code, '(suspense)') ", "'new' || coalesce(u.code, '(suspense)') "
        try:
            for replaced in range(REPLACEMENTS):
                for name in (VIEW, other):
                    files.edit(name, *((old, new) if replaced % 2 == 0 else (new, old)))
                assert files.migrate() == ANEW
        finally:
            is_over.set()
            for thread in threads:
                thread.join(DEADLINE)
        for reader, output in zip(readers, outputs):
            status = reader.wait(DEADLINE)
            errors.seek(0)
            assert (status, errors.read()) == (0, "")
            output.seek(0)
            answers = output.read().split()
            assert len(answers) > 2 * 20 * REPLACEMENTS
            assert answers[0::2] == answers[1::2]
            assert set(answers) == {"t", "f"}


def test_waits_for_a_reader(files):
    hubmeter = files.hubmeter
    reader = psql(hubmeter)
    reader.stdin.write("BEGIN;\nSELECT count(*) > 0 FROM report.user_cost;\n")
    reader.stdin.flush()
    assert reader.stdout.readline() == "t\n"
    files.edit(VIEW, "SELECT i.code ", "SELECT  i.code ")
    migration = subprocess.Popen([*hubmeter.command, "migrate", "--sql-dir", str(files.path)],
                                 stdout=subprocess.PIPE, text=True)
    blocked = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND"
               " wait_event_type = 'Lock' AND application_name = 'hubmeter'")
    until(lambda: hubmeter.sql(blocked) == "1", "migrate waits for the reader")
    # Others are not held up, and it tries again: blocked, then not, then blocked.
    assert hubmeter.sql("SELECT count(*) > 0 FROM report.department_cost") == "t"
    until(lambda: hubmeter.sql(blocked) == "0", "migrate lets go")
    until(lambda: hubmeter.sql(blocked) == "1", "migrate tries again")
    assert migration.poll() is None
    reader.communicate("COMMIT;\n")
    assert migration.communicate()[0] == ANEW


def test_removed_file(files):
    files.add("report/extra.sql", "CREATE VIEW report.extra AS SELECT 1 AS one;")
    files.migrate()
    assert files.hubmeter.sql("SELECT one FROM report.extra") == "1"
    files.remove("report/extra.sql")
    files.migrate()
    assert files.hubmeter.sql("SELECT to_regclass('report.extra')") == ""
    assert files.hubmeter.sql("SELECT count(*) FROM audit.source_object"
                              " WHERE identity = 'report.extra'") == "0"


def test_changed_signature(files):
    files.add("charge/twice.sql", "CREATE FUNCTION charge.twice(n integer) RETURNS integer"
                                  " LANGUAGE sql RETURN 2 * n;")
    files.migrate()
    files.edit("charge/twice.sql", "n integer", "n bigint, m bigint")
    files.migrate()
    assert files.hubmeter.sql("SELECT pg_get_function_arguments(oid) FROM pg_proc"
                              " WHERE proname = 'twice'") == "n bigint, m bigint"


def test_schema_file_alters_what_views_stand_on(files):
    name = f"{LAST + 1:04}_wider.sql"
    files.add("schema/" + name, "SET LOCAL ROLE hm_owner;\n"
              "ALTER TABLE charge.line ALTER COLUMN amount TYPE numeric(30,9);", manifest=False)
    before = files.hubmeter.sql("SELECT * FROM report.department_cost ORDER BY 1, 2, 3, 4")
    assert files.migrate() == (f"applied {name}\nmade functions and views anew ({REPLACEABLE} "
                               f"files)\nschema is at version {LAST + 1}\n")
    assert files.hubmeter.sql("SELECT * FROM report.department_cost ORDER BY 1, 2, 3, 4") == before


def test_what_others_built_is_named_and_kept(files):
    hubmeter = files.hubmeter
    hubmeter.sql("CREATE VIEW public.mine AS SELECT sum(amount) FROM report.department_cost;"
                 "CREATE VIEW public.mine_too AS SELECT sum(amount) FROM report.user_cost")
    before = objects(hubmeter)
    files.edit(VIEW, "SELECT i.code ", "SELECT  i.code ")
    error = files.refused()
    assert "view mine_too depends on view report.user_cost" in error
    assert "it is not part of hubmeter: drop it, migrate, then make it again" in error
    assert "CASCADE" not in error
    assert objects(hubmeter) == before
    hubmeter.sql("DROP VIEW public.mine_too; DROP VIEW public.mine")
    assert files.migrate() == ANEW


def test_what_others_put_beside_ours_stays(files):
    files.hubmeter.sql("CREATE VIEW report.site AS SELECT 1 AS one")
    files.edit(VIEW, "SELECT i.code ", "SELECT  i.code ")
    files.migrate()
    assert files.hubmeter.sql("SELECT one FROM report.site") == "1"


def test_grants_of_the_site_stay(files):
    hubmeter = files.hubmeter
    role = "site_" + hubmeter.sql("SELECT oid FROM pg_database WHERE datname = current_database()")
    hubmeter.sql(f"CREATE ROLE {role}; GRANT SELECT ON report.department_cost TO {role};"
                 f"GRANT EXECUTE ON FUNCTION charge.month TO {role} WITH GRANT OPTION")
    before = objects(hubmeter)
    assert role in before
    files.edit(VIEW, "SELECT i.code ", "SELECT  i.code ")
    files.migrate()
    assert objects(hubmeter) == before


def test_dropped_by_hand_comes_back(files):
    before = objects(files.hubmeter)
    files.hubmeter.sql("DROP VIEW report.suspense")
    files.edit(VIEW, "SELECT i.code ", "SELECT  i.code ")
    files.migrate()
    assert objects(files.hubmeter) == before


def test_a_faulty_file_changes_nothing(files):
    before = objects(files.hubmeter)
    files.add("report/faulty.sql", "CREATE VIEW report.faulty AS\nSELECT nothing FROM nowhere;")
    assert 'report/faulty.sql:2: relation "nowhere" does not exist' in files.refused()
    (files.path / "report/faulty.sql").write_text("SELECT 1;")
    assert "report/faulty.sql: makes no function, view or trigger" in files.refused()
    (files.path / "report/faulty.sql").unlink()
    assert 'cannot read "' in files.refused()
    assert objects(files.hubmeter) == before


@pytest.mark.parametrize("line, reason", [
    ("report/user_cost.sql", 'names "report/user_cost.sql" twice'),
    ("/etc/passwd.sql", "is not a path like"), ("../x.sql", "is not a path like"),
    ("report/user_cost", "is not a path like")])
def test_faulty_manifest(files, line, reason):
    with open(files.path / "manifest", "a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert reason in files.refused()

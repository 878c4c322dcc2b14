#!/usr/bin/env python3
"""hubmeter against a throw-away PostgreSQL: migrate, import, rate, report, doctor."""

import concurrent.futures
import csv
import io
import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

SOURCE = os.environ.get("HUBMETER_SOURCE_DIR",
                        os.path.realpath(os.path.join(os.path.dirname(__file__), "../..")))
BUILD = os.environ.get("HUBMETER_BUILD_DIR", os.path.join(SOURCE, "build", "dev"))
SERVICES = os.path.join(SOURCE, "deploy", "local", "services")
PROGRAM = os.path.join(BUILD, "cli", "hubmeter")
SQL = os.path.join(SOURCE, "sql")
MIGRATIONS = sorted(os.listdir(os.path.join(SQL, "schema")))
with open(os.path.join(SQL, "manifest")) as manifest:
    SOURCES = sum(line.strip().endswith(".sql") for line in manifest)

ORG = """institution,time_zone,currency,unit,parent,name,hub
uni,Europe/Berlin,EUR,,,University,
uni,,,physics,,Physics,
uni,,,biology,,Biology,
uni,,,,,,hub-a
"""
PEOPLE = """person,name,hub,username
p1,Ada Byron,hub-a,ada
p2,"Zoë
Lindqvist",hub-a,zoë
p3,Ben Okafor,,
"""
MEMBERSHIPS = """person,institution,unit,valid_from,valid_to,home
p1,uni,physics,2026-01-01,,yes
p2,uni,biology,2026-01-01,,yes
"""
PRICES = """institution,resource,class,rate,market_rate,valid_from,valid_to
uni,cpu,,0.0130000000001,0.04,2026-01-01,
uni,memory,,0.00175,,2026-01-01,
"""
USAGE = """
INSERT INTO usage.hub (name) VALUES ('hub-a');
INSERT INTO usage.node (hub_id, name, last_window_end)
    SELECT hub_id, 'node1', '2026-10-05 10:15Z' FROM usage.hub;
INSERT INTO usage.workload (node_id, kind, external_id, username, first_slot)
    SELECT node_id, 1, u, u, '2026-10-05 10:00Z'
    FROM usage.node, unnest(ARRAY['ada', 'zoë', 'eve']) AS u;
INSERT INTO usage.resource_class (name) VALUES ('');
SELECT usage.ensure_month('2026-10-05Z');
INSERT INTO usage.slot (slot_start, workload_id, class_id, cpu_used_usec, cpu_reserved_usec,
        cpu_billable_usec, memory_used_mib_sec, memory_reserved_mib_sec, memory_billable_mib_sec,
        gpu_used_msec, gpu_reserved_msec, gpu_billable_msec, storage_mib_sec, net_rx_bytes,
        net_tx_bytes, wall_msec, flags)
    SELECT '2026-10-05 10:00Z', workload_id, class_id, 3600000001, 0, 3600000001, 1024, 0, 1024,
           0, 0, 0, 0, 0, 0, 900000, 0
    FROM usage.workload, usage.resource_class;
INSERT INTO usage.node_slot (slot_start, node_id, class_id, coverage_msec, cpu_capacity_usec,
        cpu_used_usec, cpu_system_usec, memory_capacity_mib_sec, memory_used_mib_sec,
        memory_system_mib_sec, gpu_capacity_msec, gpu_used_msec, gpu_system_msec)
    SELECT '2026-10-05 10:00Z', node_id, class_id, 900000, 14400000000, 10800000010, 7,
           9999999, 3079, 7, 0, 0, 0
    FROM usage.node, usage.resource_class;
INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-05' FROM usage.hub;
"""


# What the user of this machine has configured must not matter.
for variable in ("HUBMETER_POSTGRES", "HUBMETER_KAFKA_BOOTSTRAP_SERVERS"):
    os.environ.pop(variable, None)
os.environ["HUBMETER_CONFIG"] = "/dev/null"


def services(*arguments):
    return subprocess.run([SERVICES, *arguments], check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def setUpModule():
    global directory, conninfo
    directory = tempfile.mkdtemp(prefix="hubmeter-cli-", dir="/tmp")
    os.chmod(directory, 0o755)  # PostgreSQL runs as another user when we are root
    unittest.addModuleCleanup(shutil.rmtree, directory, ignore_errors=True)
    unittest.addModuleCleanup(services, "clean", "--dir", os.path.join(directory, "services"))
    answer = services("start", "--postgres-only", "--dir", os.path.join(directory, "services"))
    conninfo = answer.split("HUBMETER_POSTGRES='")[1].split("'")[0]
    subprocess.run([PROGRAM, f"--postgres={conninfo}", "migrate", "--sql-dir", SQL], check=True,
                   stdout=subprocess.DEVNULL)


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Case(unittest.TestCase):
    """Each test has a database of its own."""

    maxDiff = None
    template = "hubmeter"  # migrated by setUpModule()

    def setUp(self):
        self.database = f"{type(self).__name__}_{self._testMethodName}".lower()
        self.sql(f'CREATE DATABASE "{self.database}" TEMPLATE "{self.template}"', "dbname=postgres")
        self.files = tempfile.mkdtemp(dir=directory)

    def sql(self, statement, database=None):
        target = conninfo.replace("dbname=hubmeter", database or f"dbname={self.database}")
        done = subprocess.run(["psql", target, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement],
                              check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def run_cli(self, *arguments, user="postgres", text=None):
        target = conninfo.replace("dbname=hubmeter", f"dbname={self.database}")
        target = target.replace("user=postgres", f"user={user}")
        return subprocess.run([PROGRAM, f"--postgres={target}", *arguments], input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              cwd=self.files)

    def ok(self, *arguments, **options):
        done = self.run_cli(*arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def refused(self, *arguments, status=1, **options):
        done = self.run_cli(*arguments, **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stderr

    def write(self, name, text):
        mode = "wb" if isinstance(text, bytes) else "w"
        with open(os.path.join(self.files, name), mode) as file:
            file.write(text)
        return name

    def load(self):
        for kind, text in (("org", ORG), ("people", PEOPLE), ("memberships", MEMBERSHIPS),
                           ("prices", PRICES)):
            self.ok("import", kind, self.write(kind + ".csv", text))
        self.sql(USAGE)


class Migrate(Case):
    template = "template1"

    def copy(self):
        target = os.path.join(self.files, "sql")
        shutil.copytree(SQL, target)
        return target

    def test_twice(self):
        last = int(MIGRATIONS[-1][:4])
        self.assertEqual(self.ok("migrate", "--sql-dir", SQL),
                         "".join(f"applied {name}\n" for name in MIGRATIONS)
                         + f"made functions and views anew ({SOURCES} files)\n"
                         + f"schema is at version {last}\n")
        self.assertEqual(self.ok("migrate", "--sql-dir", SQL),
                         f"schema is at version {last}, nothing to do\n")
        self.assertEqual(self.sql("SELECT name FROM audit.migration ORDER BY version").split(),
                         MIGRATIONS)

    def test_at_once(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = [pool.submit(self.ok, "migrate", "--sql-dir", SQL) for _ in range(3)]
        outputs = [run.result() for run in runs]
        self.assertEqual(sum(output.count("applied ") for output in outputs), len(MIGRATIONS))

    def test_altered_file(self):
        copy = self.copy()
        self.ok("migrate", "--sql-dir", copy)
        with open(os.path.join(copy, "schema", MIGRATIONS[2]), "a") as file:
            file.write("-- a word more\n")
        self.assertEqual(self.refused("migrate", "--sql-dir", copy),
                         f"hubmeter: cannot migrate: {MIGRATIONS[2]} was changed after it was "
                         "applied: restore it and put the change into a new file\n")

    def test_newer_database(self):
        copy = self.copy()
        last = int(MIGRATIONS[-1][:4])
        self.write(f"sql/schema/{last + 1:04}_next.sql", "SELECT 1;")
        self.ok("migrate", "--sql-dir", copy)
        self.assertEqual(self.refused("migrate", "--sql-dir", SQL),
                         f"hubmeter: cannot migrate: the database has version {last + 1} "
                         f"({last + 1:04}_next.sql), the newest file is {MIGRATIONS[-1]}: "
                         "install the hubmeter that belongs to the database\n")

    def test_failing_file(self):
        copy = self.copy()
        name = f"{int(MIGRATIONS[-1][:4]) + 1:04}_bad.sql"
        self.write("sql/schema/" + name, "SET LOCAL ROLE hm_owner;\nCREATE TABLE org.left_over ();\n"
                                  "-- ünïcödé\nSELECT nothing FROM nowhere;\n")
        self.assertEqual(self.refused("migrate", "--sql-dir", copy),
                         f'hubmeter: cannot migrate: {name}:4: relation "nowhere" does not exist\n')
        self.assertEqual(self.sql("SELECT to_regclass('org.left_over')"), "")
        self.assertEqual(self.sql("SELECT to_regclass('audit.migration')"), "", "all or nothing")

    def test_committing_file(self):
        copy = self.copy()
        name = f"{int(MIGRATIONS[-1][:4]) + 1:04}_commit.sql"
        self.write("sql/schema/" + name, "COMMIT;")
        self.assertIn(f"{name}: ends the transaction", self.refused("migrate", "--sql-dir", copy))

    def test_holes(self):
        copy = self.copy()
        os.unlink(os.path.join(copy, "schema", MIGRATIONS[3]))
        self.assertIn("has no file of version 4", self.refused("migrate", "--sql-dir", copy))
        self.assertIn("cannot read", self.refused("migrate", "--sql-dir", "/nowhere"))

    def test_stranger(self):
        self.ok("migrate", "--sql-dir", SQL)
        copy = self.copy()
        self.write(f"sql/schema/{int(MIGRATIONS[-1][:4]) + 1:04}_next.sql", "SELECT 1;")
        self.assertIn('user "hm_finance" may not act as hm_owner',
                      self.refused("migrate", "--sql-dir", copy, user="hm_finance"))


class Import(Case):
    def test_twice(self):
        for kind, text, rows in (("org", ORG, 4), ("people", PEOPLE, 3),
                                 ("memberships", MEMBERSHIPS, 2), ("prices", PRICES, 2)):
            name = self.write(kind + ".csv", text)
            first = self.ok("import", kind, name)
            self.assertRegex(first, rf"^{name}: {rows} rows, [1-9]\d* changed\n$")
            self.assertEqual(self.ok("import", kind, name), f"{name}: {rows} rows, 0 changed\n")
        self.assertEqual(self.sql("SELECT name FROM org.person WHERE code = 'p2'"),
                         "Zoë\nLindqvist")

    def test_standard_input(self):
        self.assertEqual(self.ok("import", "org", "-", text=ORG, user="hm_rater"),
                         "standard input: 4 rows, 4 changed\n")

    def test_backslashes_and_tabs(self):
        self.ok("import", "org", "-", text=ORG)
        self.ok("import", "people", "-", text='person,name\np1,"a\\N\tb\\"\n')
        self.assertEqual(self.sql("SELECT name FROM org.person"), "a\\N\tb\\")

    def test_bad_header(self):
        name = self.write("people.csv", "person,nmae,person\np1,Ada,x\n")
        self.assertEqual(self.refused("import", "people", name),
                         'people.csv:1: column "nmae": unknown column, expected '
                         "person,name,hub,username\n"
                         'people.csv:1: column "person": column given twice\n'
                         'people.csv:1: column "name": column is missing\n'
                         "people.csv: nothing was imported\n")

    def test_bad_rows(self):
        name = self.write("people.csv", 'person,name\np1,"A\nB"\np2\np3,C,D\np4,E\n')
        self.assertEqual(self.refused("import", "people", name),
                         "people.csv:4: 1 field where the header has 2\n"
                         "people.csv:5: 3 fields where the header has 2\n"
                         "people.csv: nothing was imported\n")
        self.assertEqual(self.sql("SELECT count(*) FROM org.person"), "0")

    def test_bad_bytes(self):
        for data, message in ((b"person,name\np1,a\0b\n", "people.csv:2: NUL byte"),
                              (b"person,name\np1,Zo\xeb\n", "people.csv:2: not UTF-8"),
                              (b'person,name\np1,"a\n', "people.csv:2: a quote is opened here"),
                              (b"", "people.csv:1: empty, expected a line person,name")):
            self.assertIn(message, self.refused("import", "people", self.write("people.csv", data)))

    def test_bad_values(self):
        self.ok("import", "org", "-", text=ORG)
        before = self.sql("SELECT count(*) FROM price.book")
        error = self.refused("import", "prices", self.write("prices.csv", PRICES + """
uni,cpu,gold,cheap,,2026-01-01,
uni,cpu,silver,1,,2026-01-01T00:07Z,
"""))
        self.assertEqual(error.splitlines(), [
            'prices.csv:5: column "rate": "cheap": is not a decimal number such as 0.013',
            'prices.csv:6: column "valid_from": "2026-01-01T00:07Z": boundary 2026-01-01T00:07Z is '
            "not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)",
            "prices.csv: nothing was imported"])
        self.assertEqual(self.sql("SELECT count(*) FROM price.book"), before)

    def test_many_errors(self):
        rows = "".join(f"p{i}\n" for i in range(30))
        lines = self.refused("import", "people",
                             self.write("people.csv", "person,name\n" + rows)).splitlines()
        self.assertEqual(len(lines), 22)
        self.assertEqual(lines[20:], ["people.csv: 10 more errors",
                                      "people.csv: nothing was imported"])

    def test_no_file(self):
        self.assertEqual(self.refused("import", "people", "nowhere.csv"),
                         'hubmeter: cannot read "nowhere.csv": No such file or directory\n')

    def test_not_permitted(self):
        self.assertIn('permission denied to set role "hm_rater"',
                      self.refused("import", "org", "-", text=ORG, user="hm_finance"))


class Report(Case):
    def setUp(self):
        super().setUp()
        self.load()

    def test_rate(self):
        self.assertEqual(self.ok("rate", user="hm_rater"), "rated 1 hub-day, 6 lines\n")
        self.assertEqual(self.ok("rate"), "rated 0 hub-days, 0 lines\n")

    def test_rate_at_once(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = [pool.submit(self.ok, "rate") for _ in range(3)]
        self.assertEqual(sorted(run.result() for run in runs),
                         ["rated 0 hub-days, 0 lines\n"] * 2 + ["rated 1 hub-day, 6 lines\n"])
        self.assertEqual(self.sql("SELECT count(*) FROM charge.line"), "6")

    def test_departments(self):
        self.ok("rate")
        table = self.ok("report", "departments", "--month", "2026-10", user="hm_finance")
        self.assertEqual(table, """\
institution  month    department  resource     used  reserved  billable  unit            amount  currency
-----------  -------  ----------  --------  -------  --------  --------  ----------  ----------  --------
uni          2026-10  (suspense)  cpu       1.000       0.000   1.000    core-hours  0.01        EUR
uni          2026-10  (suspense)  memory    0.00028     0.000   0.00028  GiB-hours   0.00000049  EUR
uni          2026-10  (suspense)  total                                              0.01        EUR

uni          2026-10  biology     cpu       1.000       0.000   1.000    core-hours  0.01        EUR
uni          2026-10  biology     memory    0.00028     0.000   0.00028  GiB-hours   0.00000049  EUR
uni          2026-10  biology     total                                              0.01        EUR

uni          2026-10  physics     cpu       1.000       0.000   1.000    core-hours  0.01        EUR
uni          2026-10  physics     memory    0.00028     0.000   0.00028  GiB-hours   0.00000049  EUR
uni          2026-10  physics     total                                              0.01        EUR
-----------  -------  ----------  --------  -------  --------  --------  ----------  ----------  --------
total                             cpu       3.000       0.000   3.000    core-hours  0.04        EUR
total                             memory    0.001       0.000   0.001    GiB-hours   0.0000015   EUR
total                             total                                              0.04        EUR
""")
        exact = self.ok("report", "departments", "--month=2026-10", "--exact").splitlines()
        self.assertEqual(exact[-3:], [
            "total                             cpu       10800.000003         0  10800.000003  "
            "core-seconds  0.039000000  EUR",
            "total                             memory     3072                0   3072         "
            "MiB-seconds   0.000001458  EUR",
            "total                             total                                           "
            "              0.039001458  EUR"])
        text = self.ok("report", "departments", "--month", "2026-10", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len(rows), 6)
        self.assertEqual(list(rows[0]), ["institution", "month", "department", "resource", "used",
                                         "reserved", "billable", "unit", "amount", "currency"])
        self.assertEqual(rows[2]["used"], "3600.000001")
        parsed = json.loads(self.ok("report", "departments", "--month=2026-10", "--format=json"),
                            parse_float=str)
        self.assertEqual([{key: str(value) for key, value in row.items()} for row in parsed], rows)

    def test_names_that_a_user_chose(self):
        name = '=cmd|"/c calc"!A1\x1b[2J\u202e'
        self.sql("UPDATE usage.workload SET username = "
                 "E'=cmd|\"/c calc\"!A1\\x1b[2J\\u202e' WHERE username = 'eve'")
        self.ok("rate")
        table = self.ok("report", "users", "--month=2026-10")
        self.assertIn('=cmd|"/c calc"!A1\\u001b[2J\\u202e ', table)
        self.assertNotIn("\x1b", table)
        for arguments, expected in (((), "'" + r'=cmd|"/c calc"!A1\u001b[2J\u202e'),
                                    (("--raw",), name)):
            text = self.ok("report", "users", "--month=2026-10", "--format=csv", *arguments)
            rows = [row for row in csv.DictReader(io.StringIO(text)) if row["person"] == ""]
            self.assertEqual([row["username"] for row in rows], [expected] * 2)
        rows = json.loads(self.ok("report", "users", "--month=2026-10", "--format=json"))
        self.assertIn(name, [row["username"] for row in rows])

    def test_users(self):
        self.ok("rate")
        rows = json.loads(self.ok("report", "users", "--month", "2026-10", "--format", "json",
                                  user="hm_finance"))
        self.assertEqual([(row["person"], row["username"], row["department"]) for row in rows],
                         [("p1", "ada", "physics")] * 2 + [("p2", "zoë", "biology")] * 2
                         + [(None, "eve", "(suspense)")] * 2)

    def test_nodes(self):
        lines = self.ok("report", "nodes", "--month", "2026-10", user="hm_finance").splitlines()
        self.assertEqual(lines[-1], "reconciliation: node total = people + system on 1 of 1 node, "
                                    "difference 0")
        self.assertEqual(lines[-2], "")
        self.sql("UPDATE usage.node_slot SET cpu_system_usec = 5")
        lines = self.ok("report", "nodes", "--month", "2026-10",
                        "--institution", "uni").splitlines()
        self.assertEqual(lines[-1], "reconciliation: node total = people + system on 0 of 1 node, "
                                    "difference 0.000002 core-seconds (hub-a/node1)")

    def test_nothing(self):
        self.ok("rate")
        for arguments in (("--month", "2026-09"), ("--month", "2026-10", "--institution", "other")):
            done = self.run_cli("report", "departments", *arguments)
            self.assertEqual(done.returncode, 0)
            self.assertIn("nothing found", done.stderr)
        self.assertEqual(self.ok("report", "users", "--month=2026-09", "--format=json"), "[]\n")

    def test_usage_errors(self):
        for arguments in (("report", "departments"),
                          ("report", "departments", "--month", "2026-13"),
                          ("report",), ("report", "dogs"), ("frob",), (), ("import", "people"),
                          ("rate", "now"), ("rate", "--format", "xml")):
            self.assertIn("--help", self.refused(*arguments, status=2))


class Doctor(Case):
    def doctor(self, *arguments, **options):
        done = self.run_cli("doctor", "--sql-dir", SQL, *arguments, **options)
        checks = {line[5:].split()[0]: (line[:4].strip(), line[17:])
                  for line in done.stdout.splitlines()}
        return done.returncode, checks

    def test_broker_away(self):
        address = f"127.0.0.1:{closed_port()}"
        status, checks = self.doctor(f"--kafka.bootstrap.servers={address}")
        self.assertEqual(status, 1)
        self.assertEqual(checks["broker"][0], "FAIL")
        self.assertIn("Connection refused", checks["broker"][1])
        self.assertIn("check --kafka.bootstrap.servers", checks["broker"][1])
        self.assertEqual(set(checks), {"broker", "database", "schema", "stopped", "waiting", "nodes",
                                       "quarantine", "gaps", "aliases", "homes", "prices",
                                       "rating"})
        self.assertEqual(checks["database"], ("ok", "reached"))
        self.assertEqual(checks["schema"], ("ok", f"version {int(MIGRATIONS[-1][:4])}"))
        self.assertEqual(checks["nodes"][0], "WARN")
        self.assertEqual(checks["quarantine"], ("ok", "empty"))

    def test_findings(self):
        self.load()
        self.sql("INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload)"
                 " VALUES ('usage.hub-a.v1', 0, 1, 'malformed', '')")
        self.sql("INSERT INTO ingest.gap (topic, partition, stream, first_sequence, last_sequence)"
                 " VALUES ('usage.hub-a.v1', 0, decode(repeat('00', 16), 'hex'), 3, 5)")
        self.sql("INSERT INTO ingest.partition (topic, partition, next_offset, stopped_reason)"
                 " VALUES ('usage.hub-a.v1', 0, 1, 'retention overtook')")
        self.sql("UPDATE usage.node SET last_window_end = now() - interval '10 minutes'")
        _, checks = self.doctor(user="hm_rater")
        self.assertEqual(checks["nodes"][0], "WARN")
        self.assertIn("1 of 1 silent: hub-a/node1 since", checks["nodes"][1])
        self.assertIn("1 message, newest: malformed in usage.hub-a.v1", checks["quarantine"][1])
        self.assertIn("3 batches missing in 1 gap", checks["gaps"][1])
        self.assertEqual(checks["stopped"][0], "FAIL")
        self.assertIn("usage.hub-a.v1/0: retention overtook", checks["stopped"][1])
        self.assertEqual(checks["rating"], ("WARN", "1 hub-day waits, oldest 2026-10-05: "
                                                    "run 'hubmeter rate'"))
        self.ok("rate")
        _, checks = self.doctor("--silent-after", "1h", user="hm_rater")
        self.assertEqual(checks["waiting"], ("ok", "no partition"))
        self.assertEqual(checks["aliases"], (
            "WARN", "1 user name in suspense: nobody's: eve on hub-a: 'hubmeter import people', "
                    "then 'hubmeter rate'"))
        self.assertEqual(checks["homes"], ("ok", "everybody in charges has a department"))
        self.sql("UPDATE ingest.partition SET stopped_reason = NULL, waiting_reason = 'no leader'")
        _, checks = self.doctor(user="hm_rater")
        self.assertIn("usage.hub-a.v1/0: no leader", checks["waiting"][1])
        self.assertEqual(checks["rating"], ("ok", "charges are up to date"))
        _, checks = self.doctor("--silent-after", "1h", user="hm_rater")
        self.assertEqual(checks["nodes"], ("ok", "1 node, none silent"))

    def test_database_away(self):
        target = f"host=127.0.0.1 port={closed_port()} dbname=x user=x"
        done = subprocess.run([PROGRAM, "doctor", f"--postgres={target}"], stdout=subprocess.PIPE,
                              text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, "FAIL database .*Connection refused.*check --postgres")
        self.assertEqual([line.split()[1] for line in done.stdout.splitlines()],
                         ["broker", "database"])
        self.assertNotIn("\t", done.stdout)

    def test_old_schema(self):
        self.sql("DELETE FROM audit.migration WHERE version > 3")
        _, checks = self.doctor()
        self.assertEqual(checks["schema"], ("FAIL", f"database has version 3 of "
                                            f"{int(MIGRATIONS[-1][:4])}: run 'hubmeter migrate'"))
        self.assertEqual(set(checks), {"broker", "database", "schema"})

    def test_a_reason_is_given_once(self):
        self.sql("CREATE ROLE nobody LOGIN")
        self.addCleanup(self.sql, "DROP ROLE nobody")
        _, checks = self.doctor(user="nobody")
        self.assertEqual([line for _, line in checks.values() if "permission" in line], [
            "not checked, nor what else this user may not read: permission denied for schema "
            "audit: sign in as hm_rater or as a member of it"])


if __name__ == "__main__":
    unittest.main()

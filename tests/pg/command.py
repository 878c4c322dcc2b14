"""The command line as its user runs it, and the SQL files that belong to it."""
import contextlib
import os
import subprocess

from project import SOURCE, program

SQL = os.path.join(SOURCE, "sql")
MIGRATIONS = sorted(os.listdir(os.path.join(SQL, "schema")))
LAST = int(MIGRATIONS[-1][:4])  # the version of the newest
with open(os.path.join(SQL, "manifest"), encoding="utf-8") as manifest:
    REPLACEABLE = sum(line.strip().endswith(".sql") for line in manifest)

# What the user of this machine has configured must not matter.
for variable in ("HUBMETER_POSTGRES", "HUBMETER_KAFKA_BOOTSTRAP_SERVERS"):
    os.environ.pop(variable, None)
os.environ["HUBMETER_CONFIG"] = "/dev/null"


class Hubmeter:
    """The command line on a database of its own, in a directory of its own."""

    def __init__(self, conninfo, database, files):
        self.conninfo = conninfo.replace("dbname=hubmeter", f"dbname={database}")
        self.command = [program("hubmeter"), f"--postgres={self.conninfo}"]
        self.files = files

    def sql(self, statement):
        done = subprocess.run(["psql", self.conninfo, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c",
                               statement], check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def run(self, *arguments, user="postgres", text=None):
        target = self.conninfo.replace("user=postgres", f"user={user}")
        return subprocess.run([program("hubmeter"), f"--postgres={target}", *arguments], input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              cwd=self.files, check=False)

    def start(self, *arguments):
        """It runs on; whoever starts it ends it."""
        # pylint: disable=consider-using-with
        return subprocess.Popen([*self.command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, cwd=self.files)

    @contextlib.contextmanager
    def session(self, *statements, user="postgres"):
        """psql, once it has done @statements; it takes more until its input ends."""
        target = self.conninfo.replace("user=postgres", f"user={user}")
        with subprocess.Popen(["psql", target, "-XAtqv", "ON_ERROR_STOP=1"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as psql:
            psql.stdin.write("; ".join(statements) + ";\n\\set ON_ERROR_STOP 0\n\\echo -- done\n")
            psql.stdin.flush()
            assert "-- done\n" in iter(psql.stdout.readline, "")
            yield psql

    def ok(self, *arguments, **options):
        """Its output; it must succeed and say nothing on stderr."""
        done = self.run(*arguments, **options)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments, status=1, **options):
        """What it says on stderr; it must fail with @status."""
        done = self.run(*arguments, **options)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr

    def write(self, name, text):
        """A file in its directory; returns @name."""
        data = text if isinstance(text, bytes) else text.encode()
        (self.files / name).write_bytes(data)
        return name

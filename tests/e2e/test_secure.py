"""Who may write: a broker that knows hubs by their certificates and lets each write to its own topic, PostgreSQL with
TLS and passwords. Whatever is refused stays in the spool, is said once, and arrives when it is allowed."""
import os
import re
import shutil
import subprocess

import pytest

import cluster
from harness import QUANTITIES, Services, aggregator, collector, end_started, spool_records, spool_sums
from project import BUILD, SOURCE, program
from wait import wait_for

TLS = """kafka.security.protocol = ssl
kafka.ssl.ca.location = {ca}
kafka.ssl.certificate.location = {folder}/{name}.crt
kafka.ssl.key.location = {folder}/{name}.key
"""
SECONDS = 40  # of patience


class Secure(Services):
    """The services, and the administrator of both."""

    def __init__(self, directory, *options):
        super().__init__(directory, "--secure", *options)
        self.tls = os.path.join(directory, "tls")
        self.ca = os.path.join(self.tls, "ca.pem")
        self.admin = os.path.join(directory, "admin.conf")
        write(self.admin, TLS.format(ca=self.ca, folder=self.tls, name="admin"))

    def cli(self, *arguments, **options):
        return super().cli(f"--config={self.admin}", *arguments, stderr=subprocess.PIPE, **options)


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


@pytest.fixture(scope="module")
def services(directory):
    with cluster.kept("migrated") as data:
        laboratory = Secure(os.path.join(directory, "services"), "--no-sync", "--copy-of", data)
    try:
        yield laboratory
    finally:
        end_started()
        laboratory.clean()


class Hub:
    """A collector of a hub, with keys of its own in a folder where they can be exchanged."""

    def __init__(self, services, directory, hub, name=None):
        self.services, self.hub, self.name = services, hub, name or hub
        self.folder = os.path.join(directory, f"keys-{hub}")
        self.conf = os.path.join(directory, f"{hub}.conf")
        os.mkdir(self.folder)
        shutil.copy(services.ca, os.path.join(self.folder, "ca.pem"))
        self.configure()
        self.spool = os.path.join(directory, f"spool-{hub}")
        self.program = collector(services, directory, hub, hub, "http://nobody/hub/api", f"--config={self.conf}",
                                 "--shutdown-timeout=1s")

    def configure(self):
        write(self.conf, TLS.format(ca=os.path.join(self.folder, "ca.pem"), folder=self.folder, name=self.name))

    def certify(self, days=365, services=None):
        """What a renewal does: the new files take the place of the old ones."""
        services = services or self.services
        services.run("certificate", self.name, str(days))
        for ending in "key", "crt":
            new = os.path.join(self.folder, "new")
            shutil.copy(os.path.join(services.tls, f"{self.name}.{ending}"), new)
            os.rename(new, os.path.join(self.folder, f"{self.name}.{ending}"))

    def said(self, event):
        """The reasons, or the rest of the line, of each time."""
        with open(self.program.log, encoding="utf-8") as log:
            return re.findall(rf"event={event} (.*)", log.read())

    def spooled(self):
        return max((int(record["sequence"]) for record in spool_records(self.spool)), default=0)


def stored(services, hub):
    """Sums of every quantity of a hub in the database."""
    columns = ", ".join(f"coalesce(sum({q}), 0)" for q in QUANTITIES)
    [row] = services.sql(f"SELECT {columns} FROM usage.slot JOIN usage.hub USING (hub_id) WHERE name = '{hub}'")
    return dict(zip(QUANTITIES, map(int, row)))


def observed(services, hub):
    [[row]] = services.sql("SELECT coalesce(sum(coverage_msec), 0) FROM usage.node_slot"
                           f" JOIN usage.node n USING (node_id) JOIN usage.hub h USING (hub_id) WHERE h.name = '{hub}'")
    return int(row)


def records(services):
    """topic -> how many records it holds"""
    listed = services.cli("topic", "list", "--format=csv").stdout.splitlines()[1:]
    return {line.split(",")[0]: int(line.split(",")[3]) for line in listed}


@pytest.fixture(scope="module")
def rollup(services, directory):
    conf = os.path.join(directory, "aggregator.conf")
    write(conf, TLS.format(ca=services.ca, folder=services.tls, name="aggregator"))
    daemon = aggregator(services, directory, f"--config={conf}")
    daemon.start()
    daemon.conf = conf
    return daemon


@pytest.fixture(scope="module")
def alpha(services, directory, rollup):
    hub = Hub(services, directory, "alpha")
    hub.certify()
    services.cli("kafka", "grant", "alpha", "--partitions=1")
    hub.program.start()
    return hub


def test_grant_is_idempotent(services):
    planned = services.cli("kafka", "grant", "omega", "--partitions=2", "--retention=30d", "--dry-run").stdout
    assert planned == ("usage.omega.v1: would be created, partitions=2 cleanup.policy=delete"
                       " message.timestamp.type=LogAppendTime retention.ms=2592000000\n"
                       "User:CN=omega: would be allowed: WRITE on usage.omega.*\n"
                       "User:CN=omega: would be allowed: DESCRIBE on usage.omega.*\n")
    assert "usage.omega.v1" not in records(services)
    done = services.cli("kafka", "grant", "omega", "--partitions=2", "--retention=30d").stdout
    assert done == planned.replace("would be ", "")
    again = services.cli("kafka", "grant", "omega", "--partitions=2", "--retention=30d")
    assert again.stdout == ("usage.omega.v1: exists, partitions=2\n"
                            "User:CN=omega: allowed already: WRITE on usage.omega.*\n"
                            "User:CN=omega: allowed already: DESCRIBE on usage.omega.*\n")
    assert again.stderr == ""


def test_grant_sets_right_what_is_there(services):
    services.run("topic", "usage.psi.v1", "1")
    services.cli("kafka", "grant", "psi", "--partitions=1", "--retention=9d")
    done = services.cli("kafka", "grant", "psi", "--partitions=3", "--retention=8d", "--principal=User:CN=other")
    assert done.stdout.splitlines()[:2] == ["usage.psi.v1: exists, partitions=1",
                                            "usage.psi.v1: set to retention.ms=691200000, was 777600000"]
    assert '"usage.psi.v1" has 1 partitions, not 3, and keeps them' in done.stderr
    assert '"User:CN=psi" may write to "usage.psi.v1" too, by the rule WRITE for "usage.psi.*"' in done.stderr
    kept = services.cli("kafka", "grant", "psi", "--partitions=1", "--dry-run").stdout
    assert "LogAppendTime" not in kept and "would" not in kept  # the second change forgot nothing


def test_revoke(services):
    services.cli("kafka", "grant", "chi", "--partitions=1")
    planned = services.cli("kafka", "revoke", "chi", "--dry-run").stdout
    assert planned.count("User:CN=chi: would be refused: ") == 2 and "stays, with what it holds" in planned
    assert services.cli("kafka", "revoke", "chi").stdout.count("User:CN=chi: refused: ") == 2
    assert "User:CN=chi: has no rule for usage.chi.*" in services.cli("kafka", "revoke", "chi").stdout
    assert "usage.chi.v1" in records(services)
    assert "usage.chi.v1: deleted, with all it holds" in services.cli("kafka", "revoke", "chi", "--delete-topic").stdout
    assert "usage.chi.v1" not in records(services)


def test_the_ordinary_path(services, alpha):
    wait_for("usage in the database", lambda: observed(services, "alpha") > 0, SECONDS)
    [[method, is_tls]] = services.sql(
        "SELECT left(a.rolpassword, 13), bool_and(s.ssl) FROM pg_authid a JOIN pg_stat_activity p ON p.usesysid = a.oid"
        " JOIN pg_stat_ssl s USING (pid) WHERE a.rolname = 'hm_aggregator' GROUP BY 1")
    assert (method, is_tls) == ("SCRAM-SHA-256", "t")
    assert alpha.said("broker_away") == []


@pytest.mark.parametrize("change, reason", [("sslmode=disable", "no encryption"), ("passfile=/nowhere", "no password")])
def test_postgres_wants_both(services, change, reason):
    name = change.split("=")[0]
    conninfo = re.sub(rf"{name}=\S+", change, services.postgres)
    done = subprocess.run(["psql", conninfo, "-wXc", "SELECT 1"], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode != 0 and reason in done.stderr


def read(services, name, topic):
    settings = [line.removeprefix("kafka.").replace(" = ", "=")
                for line in TLS.format(ca=services.ca, folder=services.tls, name=name).splitlines()]
    return subprocess.run([os.path.join(BUILD, "tests/consume_batches"), services.kafka, topic, *settings],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def test_a_hub_reads_nothing(services, alpha):
    services.cli("kafka", "grant", "beta", "--partitions=1")
    wait_for("something to read", lambda: records(services)["usage.alpha.v1"] > 0, SECONDS)
    for topic in "usage.alpha.v1", "usage.beta.v1":
        done = read(services, "alpha", topic)
        assert done.returncode == 1 and "Topic authorization failed" in done.stderr, topic
        assert len(done.stdout.splitlines()) <= 1, "a line of names at most"
    assert len(read(services, "aggregator", "usage.alpha.v1").stdout.splitlines()) > 1, "who may, can"


def test_the_aggregator_writes_nothing(services, directory, alpha, rollup):  # alpha: its topic is there
    rows = os.path.join(directory, "rows.csv")
    write(rows, "hub,node,workload,kind,username,server,tag,class,start,end,cpu_core_seconds\n"
                "alpha,n9,1,job,eve,,,,2026-09-01T00:00:00Z,2026-09-01T01:00:00Z,3600\n")
    done = subprocess.run([program("hubmeter"), f"--config={rollup.conf}",
                           f"--kafka.bootstrap.servers={services.kafka}", "import", "usage", rows],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "authorization failed" in done.stderr, done.stderr


def test_a_hub_administers_nothing(services, directory, alpha):
    for words in ["kafka", "grant", "alpha"], ["kafka", "revoke", "beta"], ["topic", "create", "alphas"]:
        done = subprocess.run([program("hubmeter"), f"--config={alpha.conf}",
                               f"--kafka.bootstrap.servers={services.kafka}", *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 1 and "the broker does not let us" in done.stderr, words


class OtherAuthority(Services):
    """Somebody else's, of the same name, which signs whatever it is asked to; nothing is started."""

    def __init__(self, directory):  # pylint: disable=super-init-not-called
        self.directory = directory
        self.script = os.path.join(SOURCE, "deploy/local/services")
        self.tls = os.path.join(directory, "tls")
        self.ca = os.path.join(self.tls, "ca.pem")
        os.makedirs(self.tls)
        write(os.path.join(directory, "secure"), "")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "9", "-subj", "/CN=hubmeter local authority", "-out", self.ca, "-addext",
                        "basicConstraints=critical,CA:TRUE", "-keyout", os.path.join(self.tls, "ca.key")],
                       check=True, stderr=subprocess.DEVNULL)


def test_refused_is_kept_said_once_and_sent_when_allowed(services, directory, rollup):
    """Six collectors at a time, each of which is refused for another reason."""
    other = OtherAuthority(os.path.join(directory, "other"))
    for hub in "alpha2", "gamma", "delta", "epsilon":
        services.cli("kafka", "grant", hub, "--partitions=1")
    thief = Hub(services, directory, "beta", name="alpha")       # another hub's topic
    neighbour = Hub(services, directory, "alpha2", name="alpha")  # a topic whose name begins as its own
    unknown = Hub(services, directory, "zeta")                   # nobody granted it anything
    services.run("topic", "usage.zeta.v1", "1")
    expired = Hub(services, directory, "gamma")
    foreign = Hub(services, directory, "delta")                  # a certificate that the broker doesn't trust
    fooled = Hub(services, directory, "epsilon")                 # it trusts another authority
    for hub in thief, neighbour:
        shutil.copy(os.path.join(services.tls, "alpha.crt"), hub.folder)
        shutil.copy(os.path.join(services.tls, "alpha.key"), hub.folder)
    unknown.certify()
    expired.certify(days=-1)
    foreign.certify(services=other)
    fooled.certify()
    shutil.copy(other.ca, os.path.join(fooled.folder, "ca.pem"))
    hubs = {thief: "Topic authorization failed", neighbour: "Topic authorization failed",
            unknown: "Topic authorization failed",
            expired: "refuses our certificate", foreign: "refuses our certificate", fooled: "certificate verify failed"}

    for hub in hubs:
        hub.program.start()
    for hub, reason in hubs.items():
        wait_for(f"{hub.hub} to be refused", lambda hub=hub: hub.said("broker_away"), SECONDS)
        assert re.search(reason, hub.said("broker_away")[0], re.I), hub.said("broker_away")
    for hub in hubs:
        wait_for(f"{hub.hub} to spool on", lambda hub=hub: hub.spooled() >= 4, SECONDS)
        assert len(hub.said("broker_away")) == 1, "it is said once"
        assert records(services)[f"usage.{hub.hub}.v1"] == 0

    for hub in thief, neighbour:
        hub.program.terminate()
        hub.name = hub.hub
        hub.certify()
        hub.configure()
        hub.program.start()
    services.cli("kafka", "grant", "zeta", "--partitions=1")
    expired.certify()
    foreign.certify()
    shutil.copy(services.ca, os.path.join(fooled.folder, "ca.pem"))
    for hub in expired, foreign, fooled:  # which run on
        wait_for(f"{hub.hub} to take its new keys", lambda hub=hub: hub.said("broker_back"), SECONDS)
        assert hub.said("keys_renewed")
    for hub in hubs:
        wait_for(f"{hub.hub} in the database", lambda hub=hub: observed(services, hub.hub) > 0, SECONDS)
        hub.program.terminate()
        expected = spool_sums(spool_records(hub.spool))
        wait_for(f"all of {hub.hub}", lambda hub=hub, expected=expected: stored(services, hub.hub) == expected, SECONDS)


def test_revoked_while_it_runs(services, alpha):
    services.cli("kafka", "revoke", "alpha")
    wait_for("alpha to be refused", lambda: alpha.said("broker_away"), SECONDS)
    assert "Topic authorization failed" in alpha.said("broker_away")[0]
    before = alpha.spooled()
    wait_for("alpha to spool on", lambda: alpha.spooled() >= before + 2, SECONDS)
    assert len(alpha.said("broker_away")) == 1
    services.run("kill", "kafka")
    wait_for("another reason", lambda: len(alpha.said("broker_away")) == 2, SECONDS)
    assert "Topic authorization failed" not in alpha.said("broker_away")[1]
    services.run("restart", "kafka")
    services.cli("kafka", "grant", "alpha", "--partitions=1")
    wait_for("alpha to be back", lambda: alpha.said("broker_back"), SECONDS)
    alpha.program.terminate()
    expected = spool_sums(spool_records(alpha.spool))
    wait_for("all of alpha", lambda: stored(services, "alpha") == expected, SECONDS)
    assert len(alpha.said("broker_away")) == 2
    assert services.sql("SELECT * FROM ingest.gap") == [] and services.sql("SELECT * FROM ingest.quarantine") == []

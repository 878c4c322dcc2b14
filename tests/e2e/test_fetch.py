"""hubmeter-fetch against real HTTPS with a CA of its own; then the collector through it, whole."""
import contextlib
import http.server
import json
import os
import ssl
import subprocess
import threading

import pytest

from harness import Program, spool_records
from project import program
from wait import wait_for

UID = "0b2d4f6a-1111-4222-8333-0123456789ab"
POD = f"kubepods.slice/kubepods-pod{UID.replace('-', '_')}.slice"
OK, FAILED, USAGE, NO_ANSWER, REFUSED = 0, 1, 2, 3, 4


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def make_certificate(folder, name, address, issuer=None):
    """FOLDER/NAME.pem and .key, signed by ISSUER or by itself."""
    path = os.path.join(folder, name)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            f"{path}.key", "-out", f"{path}.csr", "-subj", f"/CN={name}")
    with open(f"{path}.ext", "w", encoding="ascii") as file:
        file.write(f"subjectAltName=IP:{address}\n" if issuer else "basicConstraints=critical,CA:TRUE\n")
    signer = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial"] if issuer else [
        "-signkey", f"{path}.key"]
    openssl("x509", "-req", "-in", f"{path}.csr", "-days", "2", "-extfile", f"{path}.ext", "-out",
            f"{path}.pem", *signer)
    return path


class Kubelet(http.server.BaseHTTPRequestHandler):
    """Answers as its server's attributes say, to who shows the token."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments):
        pass

    def do_GET(self):
        server = self.server
        server.seen.append((self.path, self.headers.get("Authorization")))
        server.accept = self.headers.get("Accept")
        status, body = server.status, server.body
        if server.token and self.headers.get("Authorization") != f"Bearer {server.token}":
            status, body = 401, b"Unauthorized"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body) + server.missing))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)
        self.close_connection = True


@contextlib.contextmanager
def serving(certificate):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Kubelet)
    server.daemon_threads = True
    server.status, server.body, server.token, server.missing, server.seen = 200, b"{}", None, 0, []
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{certificate}.pem", f"{certificate}.key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module", name="ca")
def fixture_ca(directory):
    return make_certificate(directory, "ca", None)


@pytest.fixture(name="kubelet")
def fixture_kubelet(directory, ca):
    with serving(make_certificate(directory, "kubelet", "127.0.0.1", ca)) as server:
        yield server


def fetch(*arguments, **environment):
    done = subprocess.run([program("hubmeter-fetch"), *arguments], check=False, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr.decode()


def test_answer(kubelet, ca):
    kubelet.body = bytes(range(256)) * 20000
    assert fetch("--ca-file", f"{ca}.pem", f"{kubelet.url}/pods") == (OK, kubelet.body, "")
    assert kubelet.seen == [("/pods", None)]


def test_token_is_read_each_time(kubelet, ca, tmp_path):
    token = tmp_path / "token"
    arguments = ("--token-file", str(token), f"--ca-file={ca}.pem", kubelet.url + "/pods")
    assert fetch(*arguments)[0] == FAILED  # no such file
    kubelet.token = "first.token-1"
    token.write_text("first.token-1\n", encoding="ascii")
    assert fetch(*arguments)[0] == OK
    kubelet.token = "second"
    status, body, said = fetch(*arguments)
    assert (status, body) == (REFUSED, b"") and "status 401: the token" in said
    token.write_text("second", encoding="ascii")
    assert fetch(*arguments)[0] == OK
    for wrong in ("", "\n", "two words", "a\r\nX-Header: b", "caf\u00e9", "x" * 20000):
        token.write_text(wrong, encoding="utf-8")
        asked = len(kubelet.seen)
        status, _, said = fetch(*arguments)
        assert status == FAILED and "not one word" in said and len(kubelet.seen) == asked


def test_token_behind_a_link(kubelet, ca, tmp_path):
    token, link = tmp_path / "token", tmp_path / "link"
    token.write_text("secret", encoding="ascii")
    link.symlink_to(token)
    arguments = (f"--ca-file={ca}.pem", kubelet.url + "/pods", "--token-file")
    assert fetch(*arguments, str(link))[0] == OK  # as Kubernetes has it
    status, _, said = fetch("--no-links", *arguments, str(link))
    assert status == FAILED and "symbolic links" in said and len(kubelet.seen) == 1
    assert fetch("--no-links", *arguments, str(token))[0] == OK


def test_kind_of_answer(kubelet, ca, tmp_path):
    token = tmp_path / "token"
    token.write_text("secret", encoding="ascii")
    arguments = (f"--ca-file={ca}.pem", kubelet.url)
    assert fetch(*arguments)[0] == OK
    assert kubelet.accept == "*/*"
    assert fetch("--accept=application/x", "--token-file", str(token), *arguments)[0] == OK
    assert (kubelet.accept, kubelet.seen[-1][1]) == ("application/x", "Bearer secret")


def test_token_is_shown_over_tls_alone(tmp_path):
    token = tmp_path / "token"
    token.write_text("secret", encoding="ascii")
    with serving(None) as server:
        assert fetch("--token-file", str(token), server.url + "/pods") == (OK, b"{}", "")
        assert server.seen == [("/pods", None)]


def test_trust(kubelet, directory, ca):
    other = make_certificate(directory, "other", None)
    for authority in (f"--ca-file={other}.pem", "--ca-file=/nonexistent"):
        status, body, said = fetch(authority, kubelet.url)
        assert (status, body) == (NO_ANSWER, b"") and said
    assert fetch(kubelet.url)[0] == NO_ANSWER  # this machine knows no such CA
    assert fetch("--insecure", kubelet.url)[0] == OK
    with serving(make_certificate(directory, "elsewhere", "127.0.0.2", ca)) as server:
        assert fetch(f"--ca-file={ca}.pem", server.url)[0] == NO_ANSWER
        assert fetch("--insecure", server.url)[0] == OK
        assert len(server.seen) == 1


@pytest.mark.parametrize("status, said", [(403, "gives no right to this"), (500, "status 500"),
                                          (302, "a redirect"), (410, "status 410")])
def test_refused(kubelet, ca, status, said):
    kubelet.status, kubelet.body = status, b'{"kind":"PodList","items":[]}'
    result = fetch(f"--ca-file={ca}.pem", kubelet.url)
    assert result[:2] == (REFUSED, b"") and said in result[2]
    assert len(kubelet.seen) == 1


def test_cut(kubelet, ca):
    kubelet.missing = 1
    assert fetch(f"--ca-file={ca}.pem", kubelet.url)[0] == NO_ANSWER


def test_too_large(kubelet, ca):
    kubelet.body = b"x" * ((64 << 20) + 1)
    status, body, said = fetch(f"--ca-file={ca}.pem", kubelet.url)
    assert (status, said) == (NO_ANSWER, "the answer is too large\n")
    assert len(body) <= 64 << 20


def test_nobody_there_and_no_proxy(kubelet, ca):
    assert fetch(f"--ca-file={ca}.pem", kubelet.url, HTTPS_PROXY="http://127.0.0.1:1")[0] == OK
    assert fetch("https://127.0.0.1:1/pods")[0] == NO_ANSWER
    assert fetch("file:///etc/passwd")[:2] == (NO_ANSWER, b"")


def test_usage():
    assert fetch()[0] == USAGE
    assert fetch("--nonsense", "https://a")[0] == USAGE
    assert fetch("https://a", "https://b")[0] == USAGE
    assert fetch("--help")[0] == OK


# ---------------------------------------------------------------------------- the whole way


def write_cpu(tree, usec):
    """In place of the file that is there: a reader never sees half of it."""
    for path, used in ((".", usec), ("kubepods.slice", usec), (POD, usec)):
        folder = os.path.join(tree, path)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "cpu.stat"), "r+" if usec else "w", encoding="ascii") as file:
            file.write(f"usage_usec {used:012d}\n")


def make_tree(tree):
    write_cpu(tree, 0)
    for name, text in (("cgroup.controllers", "cpu memory\n"),
                       (f"{POD}/cgroup.events", "populated 1\nfrozen 0\n"),
                       (f"{POD}/memory.current", "104857600\n"),
                       (f"{POD}/memory.stat", "inactive_file 0\n")):
        with open(os.path.join(tree, name), "w", encoding="ascii") as file:
            file.write(text)


def pod_list(fill):
    """A list of about 5 MB, with ada's pod at its end."""
    others = [{"metadata": {"name": "x", "uid": f"{i:032x}", "annotations": {"big": fill}},
               "spec": {"containers": [{"name": "c", "resources": {}}]}} for i in range(80)]
    ada = {"metadata": {"name": "jupyter-ada", "uid": UID, "annotations": {
        "hub.jupyter.org/username": "Ada \u00fc@x"}},
           "spec": {"containers": [{"resources": {"requests": {"memory": "64Mi"}}}]}}
    return json.dumps({"kind": "PodList", "items": [*others, ada]}).encode()


def rows(spool):
    done = subprocess.run([program("hubmeter-collector"), f"--dump-spool={spool}", "--rows"],
                          check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    header = done[0].split("\t")
    return [dict(zip(header, line.split("\t"))) for line in done[1:]]


def log_of(collector):
    with open(collector.log, encoding="utf-8") as log:
        return log.read()


def test_collector(kubelet, directory, ca, tmp_path):
    tree, token, spool = tmp_path / "tree", tmp_path / "token", tmp_path / "spool"
    make_tree(str(tree))
    token.write_text("right", encoding="ascii")
    kubelet.body, kubelet.token = pod_list("x" * 65536), "not yet"
    collector = Program(
        "hubmeter-collector", os.path.join(directory, "collector.log"), "--hub=h", "--node=n",
        f"--spool={spool}", "--spool-archive=yes", "--sample-interval=100ms", "--publish-interval=200ms",
        "--shutdown-timeout=100ms", "--kafka.bootstrap.servers=127.0.0.1:1", f"--cgroup={tree}",
        "--systemd-unit=", "--docker-root=", f"--kubelet-url={kubelet.url}",
        f"--kubelet-token={token}", f"--kubelet-ca={ca}.pem",
        f"--kubelet-fetch={program('hubmeter-fetch')}")
    collector.start()
    try:
        wait_for("kubelet to be asked", lambda: kubelet.seen)
        write_cpu(str(tree), 500000)
        wait_for("the collector to say so", lambda: "kubelet_failed" in log_of(collector))
        assert not [row for row in rows(spool) if row["workload"] == UID]
        kubelet.token = "right"
        ada = wait_for("ada's row", lambda: [row for row in rows(spool) if row["workload"] == UID])
        wait_for("all of it", lambda: sum(int(row["cpu_used_usec"]) for row in rows(spool)
                                          if row["workload"] == UID) == 500000)
    finally:
        collector.terminate()
    assert {row["user"] for row in ada} == {"Ada \u00fc@x"}
    assert spool_records(spool)
    assert log_of(collector).count("kubelet_failed") == 1
    assert log_of(collector).count("kubelet_recovered") == 1

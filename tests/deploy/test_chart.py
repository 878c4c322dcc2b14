"""The chart: Helm and Kubernetes' own schemas accept what it renders, the programs take their configuration, and no
container may do more than it needs.
"""
import json
import os
import re
import subprocess

import pytest

from project import PROGRAMS, SOURCE, program

yaml = pytest.importorskip("yaml", reason="PyYAML is missing (Debian package python3-yaml)")

CHART = os.path.join(SOURCE, "deploy/helm/hubmeter")
CASES = ("least", "everything")
KUBERNETES = "1.33.0"
SKIPPED = 77
BY_KUBERNETES = {"$(NODE_NAME)": "node-1", "$(NODE_IP)": "192.0.2.1"}


def tool(name, *arguments, **options):
    done = subprocess.run([os.path.join(SOURCE, "deploy/local", name), *arguments], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if done.returncode == SKIPPED:
        pytest.skip(done.stderr)
    return done


def values(case):
    return os.path.join(SOURCE, "tests/deploy/chart", case + ".yaml")


def render(case, *more):
    return tool("helm", "template", "costs", CHART, "--namespace", "metering", "--kube-version", KUBERNETES,
                "--values", values(case), *more)


@pytest.fixture(scope="module", params=CASES)
def manifest(request):
    done = render(request.param)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def objects(manifest):
    return [found for found in yaml.safe_load_all(manifest) if found]


def of_kind(objects, *kinds):
    return [found for found in objects if found["kind"] in kinds]


def pods(objects):
    """{component: the pod's specification}"""
    workloads = of_kind(objects, "DaemonSet", "Deployment", "Job")
    return {w["metadata"]["labels"]["app.kubernetes.io/component"]: w["spec"]["template"]["spec"]
            for w in workloads}


def unit_capabilities():
    with open(os.path.join(SOURCE, "deploy/systemd/hubmeter-collector.service"), encoding="utf-8") as file:
        return re.search(r"^AmbientCapabilities=(.*)$", file.read(), re.MULTILINE)[1].split()


@pytest.mark.parametrize("case", CASES)
def test_lint(case):
    done = tool("helm", "lint", "--strict", CHART, "--values", values(case))
    assert done.returncode == 0, done.stdout


def test_kubernetes_accepts_it(manifest, tmp_path):
    path = tmp_path / "manifest.yaml"
    path.write_text(manifest)
    done = tool("from-pypi", "kubernetes-validate", "--strict", "-k", KUBERNETES, str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout + done.stderr


@pytest.mark.parametrize("setting, said", [
    ("hub=", "hub: say which JupyterHub"),
    ("hub=a b", "hub"),
    ("colector.enabled=false", "colector"),
    ("collector.capabilities={SYS_ADMIN}", "collector.capabilities.0"),
    ("postgres.conninfo=", "postgres.conninfo: say where"),
    ("postgres.conninfo=host=db password=secret", "postgres.conninfo"),
    ("kafka.config=null", "kafka"),
    ("dashboard.enabled=true", "dashboard.config.sign_in"),
    ("alerts.enabled=true", "alerts.webhook"),
    ("alerts.enabled=true,alerts.webhook=https://hooks", "alerts.secret.name"),
    ("alerts.webhook=ftp://hooks", "alerts.webhook"),
    ("admission.enabled=true", "admission.tokenSecret.name"),
])
def test_what_is_wrong_is_refused(setting, said):
    done = render("least", "--set", setting)
    assert done.returncode != 0
    assert said.split(".", maxsplit=1)[0] in done.stderr and said.split(":")[0].split(".")[-1] in done.stderr


def known_options():
    with open(os.path.join(SOURCE, "collector/options.def"), encoding="utf-8") as file:
        return set(re.findall(r"^OPTION\((\w+)", file.read(), re.MULTILINE))


def arguments(container, directory):
    """As the container gives them; what a collector without pods has no option for is left out."""
    for word in container.get("command", [])[1:] + container.get("args", []):
        if word.startswith("--kubelet-") and "kubelet_url" not in known_options():
            continue
        for there, here in {**BY_KUBERNETES, "/etc/hubmeter/": f"{directory}/"}.items():
            word = word.replace(there, here)
        yield word


def test_programs_take_their_configuration(objects, tmp_path):
    seen = set()
    for found in of_kind(objects, "ConfigMap"):
        for name, text in found["data"].items():
            (tmp_path / name).write_text(text)
    for component, pod in pods(objects).items():
        container = pod["containers"][0]
        name = container.get("command", ["hubmeter-collector"])[0]
        given = list(arguments(container, tmp_path))
        done = subprocess.run([program(name), *given, "--dump-config"], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0, f"{component}: {done.stderr}"
        if component == "collector":
            assert "\nnode = node-1" in done.stdout and "\nhub = physics" in done.stdout
            assert "\nkafka.bootstrap.servers = kafka" in done.stdout
        else:
            assert "host=db dbname=hubmeter" in done.stdout
        seen.add(name)
    assert seen >= set(PROGRAMS.values()) - {"hubmeter-dashboard"}


def test_large_numbers_stay_whole():
    text = render("least", "--set", "aggregator.config.flush_keys=12000000").stdout
    assert "flush_keys = 12000000\n" in text


def test_collector_is_confined(objects):
    pod = pods(objects)["collector"]
    rights = pod["containers"][0]["securityContext"]
    added = rights["capabilities"].pop("add")
    assert rights == {"runAsUser": 0, "runAsGroup": 0, "privileged": False, "allowPrivilegeEscalation": False,
                      "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert added in ([], sorted(name.removeprefix("CAP_") for name in unit_capabilities()))
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["hostPID"] and not pod.get("hostNetwork") and not pod.get("hostIPC")
    of_host = {v["name"] for v in pod["volumes"] if "hostPath" in v}
    written = {m["name"] for m in pod["containers"][0]["volumeMounts"] if not m.get("readOnly")}
    assert of_host >= {"cgroup", "device-plugins"} and written == {"spool"}
    places = [m["mountPath"] for m in pod["containers"][0]["volumeMounts"]]
    root = next(word for word in pod["containers"][0]["args"] if word.startswith("--kubelet-root="))
    assert root.partition("=")[2] + "/device-plugins" in places


def test_collector_asks_for_nodes_pods_alone(objects):
    rules = [rule for found in of_kind(objects, "ClusterRole", "Role") for rule in found["rules"]]
    assert rules == [{"apiGroups": [""], "resources": ["nodes/pods"], "verbs": ["get"]}]


def test_no_right_without_kubelet():
    objects = [o for o in yaml.safe_load_all(render("least", "--set", "collector.kubeletUrl=").stdout) if o]
    assert not of_kind(objects, "ClusterRole", "ClusterRoleBinding")
    assert pods(objects)["collector"]["automountServiceAccountToken"] is False


def test_servers_may_do_nothing(objects):
    servers = {name: pod for name, pod in pods(objects).items() if name != "collector"}
    assert servers.keys() >= {"aggregator", "rater", "migrate"}
    assert "dashboard" not in servers or servers.keys() >= {"alerts", "admission"}
    for name, pod in servers.items():
        assert pod["securityContext"]["runAsNonRoot"] and pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["containers"][0]["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]}}, name
        assert not any("hostPath" in volume for volume in pod.get("volumes", [])), name
        assert "hostPID" not in pod, name


def test_secrets_by_reference_alone(objects):
    assert not of_kind(objects, "Secret")
    for name, pod in pods(objects).items():
        for variable in pod["containers"][0].get("env") or []:
            assert "valueFrom" in variable, f"{name}: {variable['name']}"


def test_migration_uses_nothing_of_the_release(objects):
    """It runs before the release's objects are there."""
    job = next(o for o in of_kind(objects, "Job"))
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    text = json.dumps(job["spec"]["template"]["spec"])
    assert "configMap" not in text and "serviceAccountName" not in text


def leaves(tree, path=()):
    """Where values end: {} and lists are values."""
    for name, value in tree.items():
        if isinstance(value, dict) and value and name not in ("config", "resources", "nodeSelector"):
            yield from leaves(value, (*path, name))
        else:
            yield ".".join((*path, name))


def test_readme_has_every_value():
    with open(os.path.join(CHART, "values.yaml"), encoding="utf-8") as file:
        there = set(leaves(yaml.safe_load(file)))
    with open(os.path.join(CHART, "README.md"), encoding="utf-8") as file:
        rows = [line.split("|")[1] for line in file if line.startswith("| `")]
    said = {name for row in rows for name in re.findall(r"`([\w.]+)`", row)}
    assert sorted(there - said) == [] and sorted(said - there) == []


def test_version_is_that_of_the_programs():
    with open(os.path.join(CHART, "Chart.yaml"), encoding="utf-8") as file:
        chart = yaml.safe_load(file)
    with open(os.path.join(SOURCE, "CMakeLists.txt"), encoding="utf-8") as file:
        version = re.search(r"project\(hubmeter VERSION (\S+)", file.read())[1]
    assert chart["appVersion"] == version

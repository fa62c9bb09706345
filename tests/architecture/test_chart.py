"""The chart: rendered by the real Helm, refused or taken by Kubernetes' own types and schemas."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import yaml

from seerflow import config
from seerflow.adapters.metrics import STAGES
from tests.architecture import kubetools
from tests.architecture.kubetools import Tools

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "seerflow"
STATELESS = ("collect", "parse", "detect")
STATEFUL = ("correlate", "profile", "alert", "dispatch")

KAFKA = {"kafka": {"bootstrap": "kafka-1.example.com:9093,kafka-2.example.com:9093"}}
EVERYTHING: dict[str, Any] = {
    "image": {"digest": f"sha256:{'a' * 64}", "pull_secrets": ["registry"]},
    "config": {
        "kafka": {
            **KAFKA["kafka"],
            "security_protocol": "SASL_SSL",
            "sasl_username": "seerflow",
            "sasl_password_file": "secrets/kafka/password",
        },
        "notifiers": [{"type": "slack", "url_file": "secrets/slack/url"}],
    },
    "secrets": [{"name": "kafka", "secret": "siem-kafka"}, {"name": "slack", "secret": "siem-slack"}],
    "storage_class": "fast",
    "service": {
        "type": "LoadBalancer",
        "external_traffic_policy": "Local",
        "annotations": {"example.com/internal": "true"},
    },
    "metrics": {"pod_monitor": {"enabled": True, "labels": {"release": "prometheus"}}},
    "keda": {"enabled": True, "authentication": "kafka"},
    "network_policy": {"enabled": True, "senders": ["192.0.2.0/24"], "metrics_namespace": "monitoring"},
    "pod": {
        "annotations": {"example.com/team": "soc"},
        "labels": {"team": "soc"},
        "node_selector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "siem", "operator": "Exists"}],
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
        "priority_class": "important",
        "env": [{"name": "TZ", "value": "UTC"}],
        "volumes": [{"name": "rules", "configMap": {"name": "rules"}}],
        "volume_mounts": [{"name": "rules", "mountPath": "/etc/seerflow/rules", "readOnly": True}],
    },
}

CASES = {
    "plain": {"config": KAFKA},
    "everything": EVERYTHING,
    "nothing collected": {"config": {**KAFKA, "collectors": {"syslog": None, "otlp": None}}},
    "only OTLP": {"config": {**KAFKA, "collectors": {"syslog": None}}, "topics": {"apply": False}},
    "no budgets": {"config": KAFKA, "disruption_budget": {"enabled": False}},
}


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The built tools; without Go there is nothing to render with."""
    if kubetools.go() is None:
        pytest.skip("no Go: helm and kubeconform cannot be built")
    return kubetools.tools()


@pytest.fixture(scope="session")
def rendered(tools, tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("values")
    texts = {}
    for name, values in CASES.items():
        file = folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump(values))
        done = tools.template(CHART, file)
        assert done.returncode == 0, f"{name}: {done.stderr}"
        texts[name] = done.stdout
    return texts


@pytest.fixture(scope="session", params=CASES)
def manifests(rendered, request) -> list[dict[str, Any]]:
    return read(rendered[request.param])


def read(text: str) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(text) if one]


def of_kind(manifests, *kinds: str) -> list[dict[str, Any]]:
    return [one for one in manifests if one["kind"] in kinds]


def named(manifests, kind: str, stage: str) -> dict[str, Any]:
    (one,) = [one for one in of_kind(manifests, kind) if one["metadata"]["name"].endswith(f"-{stage}")]
    return one


def pods(manifests) -> list[dict[str, Any]]:
    return [one["spec"]["template"] for one in of_kind(manifests, "Deployment", "StatefulSet", "Job")]


@pytest.mark.parametrize("case", CASES)
def test_kubernetes_takes_every_rendering(tools, rendered, case):
    count = len(read(rendered[case]))
    decoded = tools.decodes(rendered[case])
    assert (decoded.returncode, decoded.stderr, decoded.stdout) == (0, "", f"{count}\n")
    conforms = tools.conforms(rendered[case])
    assert conforms.returncode == 0, conforms.stdout + conforms.stderr
    assert f"Valid: {count}, Invalid: 0, Errors: 0, Skipped: 0" in conforms.stdout


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("readOnlyRootFilesystem: true", "readOnlyRotFilesystem: true", id="unknown field"),
        pytest.param(
            "automountServiceAccountToken: false", "automountServiceAccountToken: no way", id="type"
        ),
        pytest.param("replicas: 2", "replicas: two", id="number"),
    ],
)
def test_both_checks_refuse_what_is_wrong(tools, rendered, before, after):
    broken = rendered["plain"].replace(before, after)
    assert broken != rendered["plain"]
    assert tools.decodes(broken).returncode == 1
    assert tools.conforms(broken).returncode == 1


def test_custom_resources_are_checked_too(tools, rendered):
    for before, after in (("lagThreshold", "lagTreshold"), ("podMetricsEndpoints", "endpoints")):
        broken = rendered["everything"].replace(before, after)
        assert tools.conforms(broken).returncode == 1


def test_lint_has_nothing_to_say(tools, tmp_path):
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump(EVERYTHING))
    done = tools.run("helm", "lint", "--strict", CHART, "-f", values, "--kube-version", kubetools.KUBERNETES)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_is_current():
    spec = importlib.util.spec_from_file_location("chart_schema", ROOT / "helm" / "schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.FILE.read_text() == module.text(), "python helm/schema.py writes it"
    kafka = module.schema()["$defs"]["Kafka"]["properties"]
    assert "sasl_password_file" in kafka
    assert "sasl_password" not in kafka  # a ConfigMap is no place for it


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param({}, "config.kafka.bootstrap: missing", id="no Kafka"),
        pytest.param({"config": {**KAFKA, "kafkaa": {}}}, "'kafkaa' not allowed", id="unknown option"),
        pytest.param({"stages": {"pars": {}}}, "'pars' not allowed", id="unknown stage"),
        pytest.param(
            {"stages": {"parse": {"storage": "1Gi"}}}, "'storage' not allowed", id="no volume there"
        ),
        pytest.param({"stages": {"alert": {"replicas": -1}}}, "/stages/alert/replicas", id="fewer than none"),
        pytest.param({"pod": {"run_as": 0}}, "/pod/run_as", id="root"),
        pytest.param({"image": {"digest": "latest"}}, "/image/digest", id="no digest"),
    ],
)
def test_wrong_values_are_refused_with_their_place(tools, tmp_path, values, said):
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump({"config": KAFKA, **values} if values else {}))
    done = tools.template(CHART, file)
    assert done.returncode == 1
    assert said in done.stderr


def test_every_stage_has_its_workload(rendered):
    manifests = read(rendered["plain"])
    kinds = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one["kind"]
        for one in of_kind(manifests, "Deployment", "StatefulSet")
    }
    expected = dict.fromkeys(STATELESS, "Deployment") | dict.fromkeys(STATEFUL, "StatefulSet")
    assert kinds == expected
    assert set(kinds) == set(STAGES)


def test_the_pods_call_the_fixed_commands(manifests):
    for pod in pods(manifests):
        stage = pod["metadata"]["labels"]["app.kubernetes.io/component"]
        expected = {"collect": ["collect"], "topics": ["topics", "apply"]}.get(stage, ["worker", stage])
        (container,) = pod["spec"]["containers"]
        assert container["args"] == expected
        assert "command" not in container  # the image's own


def test_no_pod_can_more_than_it_must(manifests):
    for pod in pods(manifests):
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            assert not container["image"].endswith(":latest")
        assert not any("hostPath" in volume for volume in spec["volumes"])


def test_every_mount_has_its_volume_and_every_secret_is_read_only(manifests):
    for workload in of_kind(manifests, "Deployment", "StatefulSet", "Job"):
        spec = workload["spec"]["template"]["spec"]
        claims = {one["metadata"]["name"] for one in workload["spec"].get("volumeClaimTemplates", [])}
        volumes = {one["name"] for one in spec["volumes"]} | claims
        for container in spec["containers"]:
            mounts = {one["name"]: one for one in container["volumeMounts"]}
            assert set(mounts) == volumes
            assert all(
                one.get("readOnly") for name, one in mounts.items() if name.startswith(("secret-", "config"))
            )


def test_workers_have_probes_and_a_name_of_their_own(manifests):
    for workload in of_kind(manifests, "Deployment", "StatefulSet"):
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        paths = {
            probe: container[probe]["httpGet"]["path"]
            for probe in ("startupProbe", "livenessProbe", "readinessProbe")
        }
        assert paths == {
            "startupProbe": "/healthz",
            "livenessProbe": "/healthz",
            "readinessProbe": "/readyz",
        }
        env = {one["name"]: one for one in container["env"]}
        assert env["SEERFLOW_INSTANCE"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"


def test_cells_lie_on_a_volume_and_nothing_else_does(manifests):
    for workload in of_kind(manifests, "StatefulSet"):
        (claim,) = workload["spec"]["volumeClaimTemplates"]
        assert claim["metadata"]["name"] == "state"
        assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    for workload in of_kind(manifests, "Deployment"):
        volumes = {one["name"]: one for one in workload["spec"]["template"]["spec"]["volumes"]}
        assert "emptyDir" in volumes["state"]


def test_the_governing_service_exists_and_selectors_select(manifests):
    services = {one["metadata"]["name"]: one for one in of_kind(manifests, "Service")}
    labels = [
        one["spec"]["template"]["metadata"]["labels"]
        for one in of_kind(manifests, "Deployment", "StatefulSet")
    ]
    for workload in of_kind(manifests, "StatefulSet"):
        assert services[workload["spec"]["serviceName"]]["spec"]["clusterIP"] == "None"
    selectors = [one["spec"]["selector"] for one in services.values()]
    selectors += [one["spec"]["selector"]["matchLabels"] for one in of_kind(manifests, "PodDisruptionBudget")]
    selectors += [one["spec"]["podSelector"]["matchLabels"] for one in of_kind(manifests, "NetworkPolicy")]
    for selector in selectors:
        assert any(selector.items() <= one.items() for one in labels)


def test_the_collectors_ports_are_those_of_the_configuration(rendered):
    for case, expected in (
        ("plain", {("syslog-udp", 5514), ("syslog-tcp", 5514), ("otlp", 4318)}),
        ("only OTLP", {("otlp", 4318)}),
        ("nothing collected", set()),
    ):
        manifests = read(rendered[case])
        (container,) = named(manifests, "Deployment", "collect")["spec"]["template"]["spec"]["containers"]
        ports = {(one["name"], one["containerPort"]) for one in container["ports"]} - {("metrics", 9464)}
        assert ports == expected
        services = [
            one for one in of_kind(manifests, "Service") if one["metadata"]["name"].endswith("-collect")
        ]
        targets = {port["targetPort"] for one in services for port in one["spec"]["ports"]}
        assert targets == {name for name, _ in expected}


def test_the_mounted_configuration_is_a_good_one(manifests):
    for one in of_kind(manifests, "ConfigMap"):
        document = yaml.safe_load(one["data"]["config.yaml"])
        assert config.problems(document) == []
        assert document["metrics"] == {"listen": "0.0.0.0", "base_port": 9464}  # noqa: S104 - of a pod


def test_secrets_lie_where_the_configuration_looks(rendered):
    manifests = read(rendered["everything"])
    (container,) = named(manifests, "Deployment", "parse")["spec"]["template"]["spec"]["containers"]
    places = {one["mountPath"] for one in container["volumeMounts"]}
    # Relative paths begin at the configuration file's folder.
    assert {"/etc/seerflow/secrets/kafka", "/etc/seerflow/secrets/slack", "/etc/seerflow"} <= places
    assert {"name": "SEERFLOW_CONFIG", "value": "/etc/seerflow/config.yaml"} in container["env"]


def test_only_stateless_stages_scale_by_lag_and_on_all_their_topics(rendered):
    manifests = read(rendered["everything"])
    scaled = {one["metadata"]["name"]: one for one in of_kind(manifests, "ScaledObject")}
    assert set(scaled) == {"siem-seerflow-parse", "siem-seerflow-detect"}
    topics = yaml.safe_load((ROOT / "topics.yaml").read_text())["topics"]
    inputs = {
        "siem-seerflow-parse": {name for name in topics if name.startswith("raw.")},
        "siem-seerflow-detect": {"events"},
    }
    for name, one in scaled.items():
        assert {trigger["metadata"]["topic"] for trigger in one["spec"]["triggers"]} == inputs[name]
        assert "replicas" not in named(manifests, "Deployment", name.rsplit("-", 1)[1])["spec"]


def test_a_changed_configuration_restarts_the_workers(tools, rendered, tmp_path):
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump({"config": {**KAFKA, "alerts": {"min_level": "high"}}}))
    changed = read(tools.template(CHART, file).stdout)
    marks = [
        {pod["metadata"]["annotations"]["seerflow/config"] for pod in pods(one)[:-1]}
        for one in (
            of_kind(read(rendered["plain"]), "Deployment", "Job"),
            of_kind(changed, "Deployment", "Job"),
        )
    ]
    assert len(marks[0]) == len(marks[1]) == 1
    assert marks[0] != marks[1]

"""Writes helm/seerflow/values.schema.json: what the chart takes, from the model below and from the configuration's.

python helm/schema.py            writes the file
python helm/schema.py --check    says whether it is current
"""

# ruff: noqa: INP001  # a script beside the chart, not a package

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from seerflow.config import Config

FILE = Path(__file__).resolve().parent / "seerflow" / "values.schema.json"

Port = Annotated[int, Meta(ge=1, le=65_535)]
MetricsPort = Annotated[int, Meta(ge=1024, le=65_000)]  # as config.metrics.base_port, which it becomes
Replicas = Annotated[int, Meta(ge=0, le=1000)]
Quantity = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$")]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]
MaybeName = Annotated[str, Meta(pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$", max_length=253)]
Texts = dict[str, str]
#: What is Kubernetes' own is checked by Kubernetes.
Theirs = dict[str, Any]


class _Closed(Struct, kw_only=True, forbid_unknown_fields=True):
    """Unknown keys are refused."""


class Image(_Closed):
    """Which image."""

    repository: Annotated[str, Meta(min_length=1)]
    tag: str
    digest: Annotated[str, Meta(pattern=r"^(sha256:[0-9a-f]{64})?$")]
    pull_policy: Literal["Always", "IfNotPresent", "Never"]
    pull_secrets: list[Name]


class MountedSecret(_Closed):
    """A Secret and the folder under secrets/ at which it is mounted."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=50)]
    secret: Name


class Topics(_Closed):
    """Whether the chart applies topics.yaml."""

    apply: bool


class Stateless(_Closed):
    """A stage that keeps nothing."""

    replicas: Replicas
    resources: Theirs


class Stateful(_Closed):
    """A stage that keeps cells."""

    replicas: Replicas
    storage: Quantity
    resources: Theirs


class Stages(_Closed):
    """One workload each."""

    collect: Stateless
    parse: Stateless
    detect: Stateless
    correlate: Stateful
    profile: Stateful
    alert: Stateful
    dispatch: Stateful


class Service(_Closed):
    """How the collectors are reached."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"]
    annotations: Texts
    syslog_port: Port
    otlp_port: Port
    external_traffic_policy: Literal["", "Cluster", "Local"]


class PodMonitor(_Closed):
    """For the Prometheus operator."""

    enabled: bool
    labels: Texts
    interval: Annotated[str, Meta(pattern=r"^[0-9]+(s|m)$")]


class MetricsAt(_Closed):
    """The port of metrics and probes."""

    port: MetricsPort
    pod_monitor: PodMonitor


class Keda(_Closed):
    """Scaling of stateless stages."""

    enabled: bool
    min_replicas: Replicas
    max_replicas: Annotated[int, Meta(ge=1, le=1000)]
    lag_threshold: Annotated[int, Meta(ge=1)]
    authentication: MaybeName


class DisruptionBudget(_Closed):
    """One pod of a stage at a time."""

    enabled: bool


class NetworkPolicy(_Closed):
    """What may come in and go out."""

    enabled: bool
    kafka_ports: Annotated[list[Port], Meta(min_length=1)]
    notifier_ports: Annotated[list[Port], Meta(min_length=1)]
    senders: list[Annotated[str, Meta(pattern=r"^[0-9A-Fa-f:.]+/\d{1,3}$")]]
    metrics_namespace: MaybeName


class Pod(_Closed):
    """For all pods."""

    annotations: Texts
    labels: Texts
    node_selector: Texts
    tolerations: list[Theirs]
    affinity: Theirs
    priority_class: MaybeName
    run_as: Annotated[int, Meta(ge=1, le=2_147_483_647)]
    env: list[Theirs]
    volumes: list[Theirs]
    volume_mounts: list[Theirs]


class Values(Struct, kw_only=True):
    """What may be set. Helm adds `global`, hence not closed by the model but below."""

    image: Image
    config: Config
    secrets: list[MountedSecret]
    topics: Topics
    stages: Stages
    storage_class: MaybeName
    service: Service
    metrics: MetricsAt
    keda: Keda
    disruption_budget: DisruptionBudget
    network_policy: NetworkPolicy
    pod: Pod


def schema() -> dict[str, Any]:
    """Give the schema: JSON Schema 2020-12, with the parts under their Python names."""
    (top,), parts = msgspec.json.schema_components([Values], ref_template="#/$defs/{name}")
    # A document cannot hold a secret, only the name of a file that does.
    del parts["Kafka"]["properties"]["sasl_password"], parts["Secret"]
    # The chart says where a pod's metrics are: `metrics.port`.
    del parts["Config"]["properties"]["metrics"], parts["Metrics"]
    parts["Values"]["properties"]["global"] = {"type": "object"}
    parts["Values"]["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "$defs": parts}


def text() -> str:
    """Give the file's text."""
    return json.dumps(schema(), indent=1, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or compare it."""
    if arguments == ["--check"]:
        current = FILE.exists() and FILE.read_text(encoding="utf-8") == text()
        print("current" if current else f"{FILE.name} is not current: python helm/schema.py writes it")  # noqa: T201  # a script says it
        return 0 if current else 1
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The Dockerfile and compose.yaml, read: what can be known of them without an engine."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from seerflow import config

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^[a-z0-9./-]+:\d+(\.\d+)*[a-z0-9.-]*$")


def instructions(text: str) -> list[tuple[str, str]]:
    """Give (instruction, arguments), continued lines joined, comments gone."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(verb.upper(), rest) for verb, rest in found]


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    return instructions((ROOT / "Dockerfile").read_text())


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def values(dockerfile, verb: str) -> list[str]:
    return [rest for name, rest in dockerfile if name == verb]


def last_stage(dockerfile) -> list[tuple[str, str]]:
    begins = [index for index, (verb, _) in enumerate(dockerfile) if verb == "FROM"]
    return dockerfile[begins[-1] :]


def test_bases_are_pinned_slim_and_all_the_same(dockerfile):
    bases = {rest.split()[0] for rest in values(dockerfile, "FROM")}
    assert len(bases) == 1
    (base,) = bases
    assert PINNED.fullmatch(base)
    assert "-slim" in base


def test_what_runs_is_not_root(dockerfile):
    users = values(last_stage(dockerfile), "USER")
    assert users == ["10001:10001"]  # a number: Kubernetes' runAsNonRoot cannot look up names


def test_the_last_stage_takes_only_what_was_built(dockerfile):
    assert values(last_stage(dockerfile), "COPY") == ["--from=build /opt/seerflow /opt/seerflow"]


def test_the_build_takes_only_what_the_ignore_file_lets_by(dockerfile):
    let_by = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {
        source.split("/")[0]
        for rest in values(dockerfile, "COPY")
        if not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert sources == let_by


def test_everything_is_installed_by_hash(dockerfile):
    installs = [
        command
        for rest in values(dockerfile, "RUN")
        for command in rest.split("&&")
        if "pip install" in command
    ]
    assert len(installs) == 2
    for command in installs:
        words = shlex.split(command)
        assert "--require-hashes" in words or words[-2:] == ["--no-deps", "/dist/*.whl"]
        assert not any("://" in word for word in words)


def test_no_secret_is_built_in(dockerfile):
    for verb, rest in dockerfile:
        if verb in {"ENV", "ARG", "LABEL"}:
            assert not re.search(r"(?i)password|secret|token|key", rest)
    assert values(dockerfile, "ADD") == []


def test_it_says_how_it_is_and_is_the_command(dockerfile):
    stage = last_stage(dockerfile)
    (check,) = values(stage, "HEALTHCHECK")
    assert "/healthz" in check
    script = re.search(r'"-c", "(.*)"\]$', check)
    assert script is not None
    compile(script[1], "HEALTHCHECK", "exec")
    assert f"127.0.0.1:{config.Config().metrics.base_port}/" in script[1]
    assert values(stage, "ENTRYPOINT") == ['["seerflow"]']


def test_compose_images_are_pinned_and_closed_in(compose):
    for name, service in compose["services"].items():
        if "build" not in service:
            assert PINNED.fullmatch(service["image"]), name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not service.get("privileged"), name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name
    ours = compose["services"]["seerflow"]
    assert (ours["read_only"], ours["cap_drop"]) == (True, ["ALL"])


def test_composes_configuration_is_a_good_one(compose):
    assert config.problems(yaml.safe_load(compose["configs"]["seerflow"]["content"])) == []


def test_compose_waits_for_kafka_and_publishes_what_is_listened_to(compose):
    ours = compose["services"]["seerflow"]
    assert ours["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    said = yaml.safe_load(compose["configs"]["seerflow"]["content"])["collectors"]
    listened = {f"{said['syslog']['udp'].rpartition(':')[2]}/udp", f"{said['syslog']['tcp'][-4:]}/tcp"}
    listened.add(f"{said['otlp']['listen'].rpartition(':')[2]}/tcp")
    assert {port.rpartition(":")[2] for port in ours["ports"]} == listened
    kafka = compose["services"]["kafka"]["environment"]
    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert kafka["KAFKA_ADVERTISED_LISTENERS"].endswith(ours["environment"]["SEERFLOW_BOOTSTRAP"])

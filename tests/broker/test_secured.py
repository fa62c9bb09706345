"""A cluster that wants TLS and SASL/SCRAM, reached as an operator's settings say."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from seerflow import broker
from seerflow.adapters.cluster import Cluster
from seerflow.adapters.kafka import client_settings, cluster_settings, producer_settings
from seerflow.cli import main
from seerflow.config import load
from seerflow.config.options import ForeignTopic
from seerflow.errors import OutsideError

TLS = Path(__file__).resolve().parents[1] / "tls"
USER, PASSWORD = "seerflow", "a long phrase with spaces; and \u00fc"
PLAIN = "for the plain one"
DEADLINE = 30.0


def secured(folder: Path, port: int) -> broker.More:
    """Add a listener with TLS and SASL to the broker's own."""
    store = folder / "broker.pem"
    store.write_text((TLS / "key.pem").read_text() + (TLS / "cert.pem").read_text())
    jaas = "org.apache.kafka.common.security"

    def more(ports: tuple[int, int]) -> str:
        client, controller = ports
        return (
            f"listeners=PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller},SECURE://127.0.0.1:{port}\n"
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{client},SECURE://127.0.0.1:{port}\n"
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL\n"
            "listener.name.secure.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN\n"
            f"listener.name.secure.scram-sha-512.sasl.jaas.config={jaas}.scram.ScramLoginModule required;\n"
            f"listener.name.secure.plain.sasl.jaas.config={jaas}.plain.PlainLoginModule required"
            f' user_plain="{PLAIN}";\n'
            "listener.name.secure.ssl.keystore.type=PEM\n"
            f"listener.name.secure.ssl.keystore.location={store}\n"
        )

    return more


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the secured listener; the user's password is known to the broker."""
    folder = tmp_path_factory.mktemp("secured")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with broker.temporary(folder, more=secured(folder, port)) as running:
        admin = AdminClient({"bootstrap.servers": running.bootstrap})
        known = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        asked = UserScramCredentialUpsertion(USER, known, PASSWORD.encode())
        for answer in admin.alter_user_scram_credentials([asked]).values():
            answer.result(DEADLINE)
        yield f"127.0.0.1:{port}"


@pytest.fixture
def environment(address, tmp_path, monkeypatch):
    """What an operator sets; the password lies in a file."""
    (tmp_path / "password").write_text(PASSWORD + "\n")
    said = {
        "SEERFLOW_BOOTSTRAP": address,
        "SEERFLOW_SECURITY_PROTOCOL": "SASL_SSL",
        "SEERFLOW_SASL_MECHANISM": "SCRAM-SHA-512",
        "SEERFLOW_SASL_USERNAME": USER,
        "SEERFLOW_SASL_PASSWORD_FILE": str(tmp_path / "password"),
        "SEERFLOW_SSL_CA": str(TLS / "cert.pem"),
        "SEERFLOW_STATE": str(tmp_path / "state"),
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SEERFLOW_CONFIG", raising=False)
    return said


def consumed(settings, topic):
    reader = Consumer({**settings, "group.id": "test", "isolation.level": "read_committed"})
    reader.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    try:
        (message,) = reader.consume(1, DEADLINE)
        assert message.error() is None
        return message.value()
    finally:
        reader.close()


def test_topics_and_records_go_over_tls_with_scram(environment, tmp_path, capsys):
    assert main(["topics", "apply"]) == 0
    assert main(["topics", "check"]) == 0
    config = load(environment=environment)
    producer = Producer(producer_settings(config))
    producer.produce("raw.lines", b"over TLS", partition=0)
    assert producer.flush(DEADLINE) == 0
    assert consumed(client_settings(config), "raw.lines") == b"over TLS"
    (tmp_path / "plain").write_text(PLAIN)
    foreign = ForeignTopic(
        topic="raw.lines",
        bootstrap=environment["SEERFLOW_BOOTSTRAP"],
        security_protocol="SASL_SSL",
        sasl_mechanism="PLAIN",
        sasl_username="plain",
        sasl_password_file=str(tmp_path / "plain"),
        ssl_ca=str(TLS / "cert.pem"),
    )
    assert consumed(cluster_settings(foreign), "raw.lines") == b"over TLS"
    assert PASSWORD not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("SEERFLOW_SASL_USERNAME", "nobody", id="an unknown user"),
        pytest.param("SEERFLOW_SSL_CA", "", id="a certificate that nobody vouches for"),
    ],
)
def test_who_is_not_known_gets_nothing_and_reads_what_to_look_at(environment, name, value):
    config = load(environment={**environment, name: value})
    with pytest.raises(OutsideError, match=r"security settings right\?") as refused:
        Cluster(client_settings(config), patience=2.0).id()
    assert PASSWORD not in str(refused.value)

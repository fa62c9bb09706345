"""From configuration to collectors."""

from pathlib import Path

import pytest

from seerflow.collectors.building import build, place
from seerflow.collectors.files import Files
from seerflow.collectors.kafka import KafkaTopic
from seerflow.collectors.otlp import Otlp
from seerflow.collectors.syslog_tcp import SyslogTcp
from seerflow.collectors.syslog_udp import SyslogUdp
from seerflow.config import Config, Source
from seerflow.config import options as configured


@pytest.mark.parametrize(
    ("listen", "found"),
    [
        ("127.0.0.1:5514", ("127.0.0.1", 5514)),
        ("[::1]:514", ("::1", 514)),
        ("host.example.com:1", ("host.example.com", 1)),
    ],
)
def test_place(listen, found):
    assert place(listen) == found


def test_nothing_configured_is_nothing_to_run():
    assert build(Config(state_dir="/state"), {}) == ()


def test_all_that_is_configured_runs():
    config = Config(
        state_dir="/state",
        sources={"edge": Source(parser="openssh", zone="Europe/Rome")},
        collectors=configured.Collectors(
            syslog=configured.Syslog(
                udp="192.0.2.2:514",
                tcp="[::]:601",
                source="edge",
                peers={"192.0.2.1": "fw"},
                max_connections=9,
            ),
            files=(
                configured.Files(path="/var/log/*.log"),
                configured.Files(path="/srv/app.log", source="app"),
            ),
            otlp=configured.Otlp(listen="127.0.0.1:4318", token_file="/run/token", max_bytes=2048),
            kafka=(
                configured.ForeignTopic(topic="theirs", source="shop"),
                configured.ForeignTopic(topic="otel", bootstrap="other:9092", encoding="otlp_proto"),
            ),
        ),
    )
    found = build(config, {"bootstrap.servers": "ours:9092"})
    assert [type(one) for one in found] == [SyslogUdp, SyslogTcp, Files, Files, Otlp, KafkaTopic, KafkaTopic]
    udp, tcp, first, second, otlp, shop, otel = (one._options for one in found)
    assert (udp.host, udp.port, tcp.host, tcp.port, tcp.max_connections) == ("192.0.2.2", 514, "::", 601, 9)
    assert (udp.labels.topic, udp.labels.source, udp.labels.format, udp.labels.zone) == (
        "raw.syslog",
        "edge",
        "openssh",
        "Europe/Rome",
    )
    assert udp.peers["192.0.2.1"].source == "fw"
    assert (first.labels.source, second.labels.source) == ("files", "app")
    assert first.state_file != second.state_file
    assert first.state_file.parent == Path("/state/collect")
    assert (otlp.labels.topic, otlp.token_file, otlp.max_bytes) == ("raw.otlp", Path("/run/token"), 2048)
    assert (shop.settings, shop.labels.topic) == ({"bootstrap.servers": "ours:9092"}, "raw.lines")
    assert (otel.settings["bootstrap.servers"], otel.labels.topic) == ("other:9092", "raw.otlp")


def test_listeners_show_their_certificates():
    tls = configured.Tls(cert_file="/c.pem", key_file="/k.pem", client_ca_file="/ca.pem")
    config = Config(
        state_dir="/state",
        collectors=configured.Collectors(
            syslog=configured.Syslog(tcp="[::]:6514", tls=tls),
            otlp=configured.Otlp(
                listen="127.0.0.1:4318", tls=configured.Tls(cert_file="/c.pem", key_file="/k.pem")
            ),
        ),
    )
    tcp, otlp = (one._options.tls for one in build(config, {}))
    assert (tcp.cert, tcp.key, tcp.client_ca) == ("/c.pem", "/k.pem", "/ca.pem")
    assert (otlp.cert, otlp.key, otlp.client_ca) == ("/c.pem", "/k.pem", "")


def test_another_cluster_has_its_own_security(tmp_path):
    (tmp_path / "password").write_text("theirs\n")
    config = Config(
        state_dir="/state",
        collectors=configured.Collectors(
            kafka=(
                configured.ForeignTopic(
                    topic="theirs",
                    bootstrap="other:9093",
                    security_protocol="SASL_SSL",
                    sasl_mechanism="PLAIN",
                    sasl_username="reader",
                    sasl_password_file=str(tmp_path / "password"),
                    ssl_ca="/ca.pem",
                ),
            )
        ),
    )
    (topic,) = build(config, {"bootstrap.servers": "ours:9092", "sasl.password": "ours"})
    found = topic._options.settings
    assert {
        name: found.get(name) for name in ("bootstrap.servers", "security.protocol", "ssl.ca.location")
    } == {
        "bootstrap.servers": "other:9093",
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": "/ca.pem",
    }
    assert (found["sasl.mechanism"], found["sasl.username"], found["sasl.password"]) == (
        "PLAIN",
        "reader",
        "theirs",
    )

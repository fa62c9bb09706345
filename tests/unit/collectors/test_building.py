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
    assert (otel.settings, otel.labels.topic) == ({"bootstrap.servers": "other:9092"}, "raw.otlp")

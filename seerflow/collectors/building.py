"""From what the operator wrote to collectors that can run."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seerflow.adapters.kafka import cluster_settings
from seerflow.collectors.contract import Collector, Labels
from seerflow.collectors.files import Files, FilesOptions
from seerflow.collectors.kafka import KafkaOptions, KafkaTopic
from seerflow.collectors.listening import Tls
from seerflow.collectors.otlp import Otlp, OtlpOptions
from seerflow.collectors.syslog_tcp import SyslogTcp, TcpOptions
from seerflow.collectors.syslog_udp import SyslogUdp, UdpOptions
from seerflow.config import Config, options

#: Where each encoding of a foreign topic goes.
_FOREIGN = {
    "lines": "raw.lines",
    "single": "raw.lines",
    "otlp_json": "raw.otlp",
    "otlp_proto": "raw.otlp",
}


def build(config: Config, client: Mapping[str, Any]) -> tuple[Collector, ...]:
    """Give the collectors that the configuration names. `client`: librdkafka's settings for our cluster."""
    return (*_syslog(config), *_files(config), *_otlp(config), *_kafka(config, client))


def labels(config: Config, topic: str, source: str, default: str = "") -> Labels:
    """Give what is known about the documents of a source; `default` names them where the operator did not."""
    name = source or default
    known = config.sources.get(name)
    if known is None:
        return Labels(topic=topic, source=name, multiline="auto")
    return Labels(topic=topic, source=name, format=known.parser, zone=known.zone, multiline=known.multiline)


def place(listen: str) -> tuple[str, int]:
    """Read host:port; an IPv6 address stands in brackets."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def tls(given: options.Tls | None) -> Tls | None:
    """Give a listener's certificates."""
    if given is None:
        return None
    return Tls(cert=given.cert_file, key=given.key_file, client_ca=given.client_ca_file or "")


def _syslog(config: Config) -> Iterator[Collector]:
    given = config.collectors.syslog
    if given is None:
        return
    shared = labels(config, "raw.syslog", given.source, "syslog")
    peers = {peer: labels(config, "raw.syslog", source) for peer, source in given.peers.items()}
    if given.udp:
        host, port = place(given.udp)
        yield SyslogUdp(
            UdpOptions(host=host, port=port, labels=shared, peers=peers, max_bytes=given.max_bytes)
        )
    if given.tcp:
        host, port = place(given.tcp)
        yield SyslogTcp(
            TcpOptions(
                host=host,
                port=port,
                labels=shared,
                peers=peers,
                max_bytes=given.max_bytes,
                max_connections=given.max_connections,
                tls=tls(given.tls),
            )
        )


def _files(config: Config) -> Iterator[Collector]:
    for given in config.collectors.files:
        # One state file a pattern: a pattern that is taken away and comes back finds its positions.
        name = hashlib.blake2b(given.path.encode(), digest_size=8).hexdigest()
        yield Files(
            FilesOptions(
                path=given.path,
                state_file=Path(config.state_dir) / "collect" / f"files-{name}.json",
                labels=labels(config, "raw.files", given.source, "files"),
                max_bytes=given.max_bytes,
            )
        )


def _otlp(config: Config) -> Iterator[Collector]:
    given = config.collectors.otlp
    if given is None:
        return
    host, port = place(given.listen)
    yield Otlp(
        OtlpOptions(
            host=host,
            port=port,
            labels=labels(config, "raw.otlp", given.source, "otlp"),
            token_file=Path(given.token_file) if given.token_file else None,
            max_bytes=given.max_bytes,
            max_unpacked=4 * given.max_bytes,
            tls=tls(given.tls),
        )
    )


def _kafka(config: Config, client: Mapping[str, Any]) -> Iterator[Collector]:
    for given in config.collectors.kafka:
        yield KafkaTopic(
            KafkaOptions(
                topic=given.topic,
                settings=cluster_settings(given) if given.bootstrap else dict(client),
                labels=labels(config, _FOREIGN[given.encoding], given.source),
                encoding=given.encoding,
            )
        )

"""All that is wrong with a configuration: its shape first, then what its parts say of one another."""

import zoneinfo
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from seerflow.config.options import Config, ForeignTopic, Kafka, Webhook
from seerflow.problems import Secret, find, nearest


def problems(document: Any, *, parsers: Collection[str] = ()) -> list[str]:
    """Give every problem of a configuration document: `$.place: fact; help`.

    `parsers` are the names of the parsers there are; without them a source's parser is not checked.
    """
    found = find({} if document is None else document, Config)
    # What the parts say of one another makes sense only where each part is what it should be.
    return found or list(_crosswise(msgspec.convert(document or {}, Config), parsers))


def _crosswise(config: Config, parsers: Collection[str]) -> Iterator[str]:
    yield from _security(config.kafka)
    yield from _foreign(config)
    yield from _sources(config, parsers)
    yield from _listeners(config)
    yield from _collected(config)
    yield from _notified(config)


def _security(kafka: Kafka) -> Iterator[str]:
    yield from _secured(
        "$.kafka",
        kafka,
        ("(or $SEERFLOW_SASL_USERNAME)", "(or $SEERFLOW_SASL_PASSWORD)"),
        kafka.sasl_password,
    )
    if not kafka.bootstrap and kafka.security_protocol != "PLAINTEXT":
        yield "$.kafka.bootstrap: missing; security settings are for a cluster of yours"


def _foreign(config: Config) -> Iterator[str]:
    for index, topic in enumerate(config.collectors.kafka):
        place = f"$.collectors.kafka[{index}]"
        yield from _secured(place, topic)
        if not topic.bootstrap and topic.security_protocol != "PLAINTEXT":
            yield f"{place}.bootstrap: missing; our own cluster's security settings stand under $.kafka"


def _secured(
    place: str,
    said: Kafka | ForeignTopic,
    instead: tuple[str, str] = ("", ""),
    password: Secret | None = None,
) -> Iterator[str]:
    """Give what is wrong with the security settings of one cluster. `instead` says how else to set them."""
    sasl, tls = said.security_protocol.startswith("SASL"), said.security_protocol.endswith("SSL")
    user, secret = (f" {one}".rstrip() for one in instead)
    if sasl and not said.sasl_username:
        yield f"{place}.sasl_username: missing; SASL wants a user name{user}"
    if sasl and not (said.sasl_password_file or password):
        yield f"{place}.sasl_password_file: missing; SASL wants a password{secret}"
    if not sasl and (said.sasl_username or said.sasl_password_file):
        yield f"{place}.security_protocol: a SASL user without SASL; use SASL_SSL"
    if not tls and (said.ssl_ca or said.ssl_cert or said.ssl_key):
        yield f"{place}.security_protocol: certificates without TLS; use SSL or SASL_SSL"
    if bool(said.ssl_cert) != bool(said.ssl_key):
        yield f"{place}.ssl_cert: a certificate and its key go together; set ssl_cert and ssl_key"


def _sources(config: Config, parsers: Collection[str]) -> Iterator[str]:
    zones = zoneinfo.available_timezones()
    for name, source in config.sources.items():
        if parsers and source.parser and source.parser not in parsers:
            yield (f"$.sources.{name}.parser: no parser {source.parser!r}; {nearest(source.parser, parsers)}")
        # A machine without a zone database knows UTC only; its list is empty and checks nothing.
        if zones and source.zone not in zones:
            near = nearest(source.zone, zones)
            yield (
                f"$.sources.{name}.zone: no time zone {source.zone!r}; "
                + (near if near.startswith("did") else "an IANA name, as Europe/Berlin")
            )


def _listeners(config: Config) -> Iterator[str]:
    syslog, otlp = config.collectors.syslog, config.collectors.otlp
    if syslog and not (syslog.udp or syslog.tcp):
        yield "$.collectors.syslog: listens nowhere; set udp or tcp to host:port"
    if syslog and syslog.tls and not syslog.tcp:
        yield "$.collectors.syslog.tls: is for the TCP listener, and there is none; set tcp to host:port"
    taken: dict[str, str] = {}
    for place, listen, transport in (
        ("$.collectors.syslog.udp", syslog and syslog.udp, "udp"),
        ("$.collectors.syslog.tcp", syslog and syslog.tcp, "tcp"),
        ("$.collectors.otlp.listen", otlp and otlp.listen, "tcp"),
    ):
        if not listen:
            continue
        port = int(listen.rsplit(":", 1)[1])
        if port > 65_535:  # noqa: PLR2004 - the largest port there is
            yield f"{place}: no port {port}; ports end at 65535"
        first = taken.setdefault(f"{transport} {listen}", place)
        if first != place and port:
            yield f"{place}: {listen} is taken by {first}; choose another port"


def _collected(config: Config) -> Iterator[str]:
    """Every source that a collector names is declared, so that a slip of the pen is found here."""
    for place, source in _named(config):
        if source and source not in config.sources:
            yield f"{place}: no source {source!r} in $.sources; {nearest(source, config.sources)}"


def _named(config: Config) -> Iterator[tuple[str, str]]:
    collectors = config.collectors
    if collectors.syslog:
        yield "$.collectors.syslog.source", collectors.syslog.source
        for peer, source in collectors.syslog.peers.items():
            yield f"$.collectors.syslog.peers.{peer}", source
    if collectors.otlp:
        yield "$.collectors.otlp.source", collectors.otlp.source
    for index, files in enumerate(collectors.files):
        yield f"$.collectors.files[{index}].source", files.source
    for index, topic in enumerate(collectors.kafka):
        yield f"$.collectors.kafka[{index}].source", topic.source


def _notified(config: Config) -> Iterator[str]:
    names: dict[str, int] = {}
    for index, notifier in enumerate(config.notifiers):
        first = names.setdefault(notifier.name, index)
        if first != index:
            yield f"$.notifiers[{index}].name: {notifier.name!r} is taken by $.notifiers[{first}]; name each its own"
        if isinstance(notifier, Webhook) and bool(notifier.url) == bool(notifier.url_file):
            yield f"$.notifiers[{index}]: wants either url or url_file; url_file where the address is a secret"
    for index, route in enumerate(config.routes):
        for name in route.notifiers:
            if name not in names:
                yield f"$.routes[{index}].notifiers: no notifier {name!r}; {nearest(name, names)}"

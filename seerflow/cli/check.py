"""`seerflow check`: every problem of configuration and topics at once."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from seerflow.adapters import descriptions, topics
from seerflow.adapters.geoip import open_lookup
from seerflow.cli.command import Command
from seerflow.config import absent, load
from seerflow.errors import ConfigError, OperatorError


def _arguments(parser: argparse.ArgumentParser) -> None:
    del parser  # --config, which every command has, is all it needs


def _configuration(arguments: argparse.Namespace) -> None:
    config = load(arguments.config)
    if found := absent(config):
        raise ConfigError(found)
    known = descriptions.shelf(Path(one) for one in config.parsers)
    load(arguments.config, parsers=frozenset(known.by_name))


def _certificates(arguments: argparse.Namespace) -> None:
    """Load what listeners show their senders; what is missing is told by the check before."""
    from seerflow.collectors.building import tls  # noqa: PLC0415 - an HTTP server that other checks need not load

    said = load(arguments.config).collectors
    listeners = {"syslog": said.syslog, "otlp": said.otlp}
    found = []
    for name, listener in listeners.items():
        made = tls(listener.tls) if listener else None
        if made and all(Path(one).exists() for one in (made.cert, made.key, made.client_ca) if one):
            try:
                made.context()
            except OperatorError as error:
                found.append(f"$.collectors.{name}.tls: {error}")
    if found:
        raise ConfigError(found)


def _lookups(arguments: argparse.Namespace) -> None:
    config, found = load(arguments.config), []
    for name in ("geoip_file", "geoip_as_file"):
        file = getattr(config, name)
        if file and Path(file).exists():
            try:
                open_lookup(Path(file))
            except OperatorError as error:
                found.append(f"$.{name}: {error}")
    if found:
        raise ConfigError(found)


def _topics(arguments: argparse.Namespace) -> None:
    del arguments
    topics.load()


#: Everything that can be checked without a cluster: each raises ConfigError with all that it found.
CHECKS: tuple[Callable[[argparse.Namespace], None], ...] = (_configuration, _certificates, _lookups, _topics)


def _run(arguments: argparse.Namespace) -> int:
    found: list[str] = []
    for check in CHECKS:
        try:
            check(arguments)
        except ConfigError as error:
            found += [one for one in error.problems if one not in found]
    for problem in found:
        print(problem)
    print(f"{len(found)} problem{'' if len(found) == 1 else 's'}", file=sys.stderr)
    return 1 if found else 0


COMMAND = Command(
    name="check",
    summary="Show every problem of the configuration and the topics, each with its place and help.",
    examples=("seerflow check --config seerflow.yaml",),
    arguments=_arguments,
    run=_run,
)

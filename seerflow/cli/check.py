"""`seerflow check`: every problem of configuration and topics at once."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from seerflow.adapters import descriptions, topics
from seerflow.cli.command import Command
from seerflow.config import absent, load
from seerflow.errors import ConfigError


def _arguments(parser: argparse.ArgumentParser) -> None:
    del parser  # --config, which every command has, is all it needs


def _configuration(arguments: argparse.Namespace) -> None:
    config = load(arguments.config)
    if found := absent(config):
        raise ConfigError(found)
    known = descriptions.shelf(Path(one) for one in config.parsers)
    load(arguments.config, parsers=frozenset(known.by_name))


def _topics(arguments: argparse.Namespace) -> None:
    del arguments
    topics.load()


#: Everything that can be checked without a cluster: each raises ConfigError with all that it found.
CHECKS: tuple[Callable[[argparse.Namespace], None], ...] = (_configuration, _topics)


def _run(arguments: argparse.Namespace) -> int:
    found: list[str] = []
    for check in CHECKS:
        try:
            check(arguments)
        except ConfigError as error:
            found += error.problems
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

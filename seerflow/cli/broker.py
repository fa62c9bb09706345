"""`seerflow broker`: the embedded Apache Kafka."""

import argparse
import sys
import time

from seerflow import broker
from seerflow.cli.command import Command
from seerflow.cli.output import bar, show
from seerflow.config import Config, load

COLUMNS = ("state", "bootstrap", "pid", "cluster_id")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("deed", choices=("start", "stop", "status"))


def _start(config: Config) -> int:
    begin = time.monotonic()
    with bar("fetching Apache Kafka, once") as progress:
        running = broker.start(config, progress)
    print(f"the broker answers at {running.bootstrap} ({time.monotonic() - begin:.1f} s)", file=sys.stderr)
    return _tell("running", running)


def _stop(config: Config) -> int:
    ended = broker.stop(config)
    print("the broker has ended" if ended else "no broker runs here", file=sys.stderr)
    return 0


def _status(config: Config) -> int:
    running = broker.status(config)
    _tell("running" if running else "stopped", running)
    return 0 if running else 1


def _tell(state: str, running: broker.Running | None) -> int:
    row = {name: getattr(running, name) for name in COLUMNS[1:]} if running else {}
    show([{"state": state, **row}], COLUMNS)
    return 0


DEEDS = {"start": _start, "stop": _stop, "status": _status}


def _run(arguments: argparse.Namespace) -> int:
    config = load(arguments.config)
    if config.kafka.bootstrap:
        print(
            f"the configuration names a cluster ({config.kafka.bootstrap}); this is about the embedded one",
            file=sys.stderr,
        )
    return DEEDS[arguments.deed](config)


COMMAND = Command(
    name="broker",
    summary="The embedded Apache Kafka: start it, stop it, say whether it runs.",
    examples=("seerflow broker start", "seerflow broker status", "seerflow broker stop"),
    arguments=_arguments,
    run=_run,
)

"""`seerflow worker STAGE`: one worker of one stage, as `up` and the chart run it."""

import argparse
import os
import sys
from pathlib import Path

from seerflow import broker
from seerflow.adapters import logs, topics
from seerflow.adapters.kafka import client_settings
from seerflow.adapters.metrics import Metrics
from seerflow.adapters.topics import Topic
from seerflow.assembly import STAGES, assemble
from seerflow.cli.command import Command
from seerflow.config import Config, load
from seerflow.engine.envelopes import RawDefaults
from seerflow.parsers import names

#: Below the topics' max.message.bytes of 2 MiB (topics.yaml).
MAX_OUTGOING_BYTES = 2_000_000


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stage", choices=STAGES, help="which stage")
    parser.add_argument(
        "--instance",
        default=os.environ.get("SEERFLOW_INSTANCE", "0"),
        help="this worker's number or name among the stage's, the same after a restart (default: 0)",
    )
    parser.add_argument("--port", type=int, help="metrics and health (default: metrics.base_port; 0: any)")
    parser.add_argument(
        "--announce", metavar="FILE", help="write the port and the process here once it listens"
    )


def _run(arguments: argparse.Namespace) -> int:
    config = broker.reach(load(arguments.config))
    return run(config, arguments.stage, arguments.instance, arguments.port, arguments.announce)


def run(config: Config, stage: str, instance: str, port: int | None, announce: str | None = None) -> int:
    """Run the worker; give its exit code."""
    # Faust and the stage's own libraries take a second to import; --help should not.
    from seerflow.agents import stages, worker  # noqa: PLC0415
    from seerflow.agents.probes import Probes  # noqa: PLC0415
    from seerflow.agents.settings import WorkerSettings  # noqa: PLC0415
    from seerflow.agents.wiring import Wiring  # noqa: PLC0415

    metrics = Metrics(stage, _labels(config))
    assembled = assemble(config, stages=(stage,))
    for warning in assembled.warnings:
        print(warning, file=sys.stderr)
    catalogue = topics.load()
    wiring = Wiring(
        engine=assembled.engine,
        partitions=topics.profile(catalogue, config.kafka).partitions,
        metrics=metrics,
        indicators=assembled.indicators,
        raw={name: _defaults(topic) for name, topic in catalogue.raw().items()},
    )
    probes = Probes(
        metrics,
        config.metrics.listen,
        config.metrics.base_port if port is None else port,
        worker=f"{stage}-{instance}",
        announce=Path(announce) if announce else None,
    )
    settings = WorkerSettings(
        client={key: str(value) for key, value in client_settings(config).items()},
        instance=f"{stage}-{instance}",
        datadir=str(Path(config.state_dir) / "cells" / f"{stage}-{instance}"),
        tick_delay_seconds=stages.TICKS.get(stage, 1.0),
        session_timeout_ms=int(float(os.environ.get("SEERFLOW_SESSION_SECONDS", "30")) * 1000),
        max_outgoing_bytes=MAX_OUTGOING_BYTES,
        watch=probes.watch,
    )
    logs.configure()
    return worker.run(stages.build(stage, wiring, config), settings, [probes])


def _defaults(topic: Topic) -> RawDefaults:
    said = topic.headerless
    if said is None:
        return RawDefaults()
    return RawDefaults(encoding=said.encoding, format=said.format, source=said.source)


def _labels(config: Config) -> dict[str, tuple[str, ...]]:
    """Give the values of the metrics' labels that the code and the configuration name."""
    return {
        "parser": names(),
        "detector": ("sigma", "intel", "correlation", "profile"),
        "notifier": tuple(notifier.name for notifier in config.notifiers),
    }


COMMAND = Command(
    name="worker",
    summary="Run one worker of one stage until SIGTERM.",
    examples=("seerflow worker parse", "seerflow worker correlate --instance 1 --port 9501"),
    arguments=_arguments,
    run=_run,
)

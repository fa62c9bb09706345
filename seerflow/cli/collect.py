"""`seerflow collect`: the collectors that the configuration names, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import orjson
import uvloop

from seerflow import broker
from seerflow import config as configuration
from seerflow.adapters.kafka import client_settings, producer_settings
from seerflow.cli.command import Command
from seerflow.config import Config
from seerflow.errors import OperatorError

if TYPE_CHECKING:
    from seerflow.collectors.contract import Collector


def _arguments(_parser: argparse.ArgumentParser) -> None:
    """Take nothing but the configuration."""


def _run(arguments: argparse.Namespace) -> int:
    config = broker.reach(configuration.load(arguments.config))
    from seerflow.collectors.building import build  # noqa: PLC0415 - an HTTP server that other commands need not load

    collectors = build(config, client_settings(config))
    if not collectors:
        raise OperatorError("the configuration names no collector; add one under `collectors`")
    try:
        uvloop.run(_collect(config, collectors))
    finally:
        for one in collectors:
            print(orjson.dumps({"collector": one.name, **one.counts}).decode())
    return 0


async def _collect(config: Config, collectors: "tuple[Collector, ...]") -> None:
    from seerflow.collectors.running import run_all  # noqa: PLC0415 - as above
    from seerflow.collectors.sink import KafkaSink  # noqa: PLC0415 - as above

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    sink = KafkaSink(producer_settings(config))
    telling = [asyncio.ensure_future(_tell(one)) for one in collectors]
    try:
        await run_all(collectors, sink, stopping)
    finally:
        for task in telling:
            task.cancel()
        await sink.close()


async def _tell(collector: "Collector") -> None:
    await collector.ready.wait()
    port = getattr(collector, "port", None)
    print(f"collecting: {collector.name}" + (f", port {port}" if port else ""), file=sys.stderr, flush=True)


COMMAND = Command(
    name="collect",
    summary="Run the collectors that the configuration names, until SIGTERM or Ctrl-C.",
    examples=("seerflow collect --config seerflow.yaml",),
    arguments=_arguments,
    run=_run,
)

"""`seerflow collect`: the collectors that the configuration names, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import uvloop

from seerflow import broker
from seerflow import config as configuration
from seerflow.adapters import logs, presence
from seerflow.adapters.health import Health
from seerflow.adapters.kafka import client_settings, producer_settings
from seerflow.adapters.metrics import Metrics
from seerflow.cli.command import Command
from seerflow.config import Config
from seerflow.errors import OperatorError

if TYPE_CHECKING:
    from seerflow.collectors.contract import Collector


#: As this process names itself: one for each machine.
NAME = "collect-0"

DROPPED = "seerflow_collect_logs_dropped_total"
#: Counts of what did not come in, or not whole; collectors/contract.py says what each means.
LOSSES = ("dropped_full", "dropped_kernel", "lost_files", "cut", "rejected_logs")
#: A collector's other counts that are metrics.
COUNTED = {"documents": "seerflow_collect_logs_in_total", "bytes": "seerflow_collect_bytes_in_total"}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="metrics and health (default: metrics.base_port; 0: any)")
    parser.add_argument(
        "--announce", metavar="FILE", help="write the port and the process here once it listens"
    )


def _run(arguments: argparse.Namespace) -> int:
    logs.configure()
    config = broker.reach(configuration.load(arguments.config))
    from seerflow.collectors.building import build  # noqa: PLC0415 - an HTTP server that other commands need not load

    collectors = build(config, client_settings(config))
    if not collectors:
        raise OperatorError("the configuration names no collector; add one under `collectors`")
    try:
        port = config.metrics.base_port if arguments.port is None else arguments.port
        uvloop.run(_collect(config, collectors, port, arguments.announce))
    finally:
        for one in collectors:
            print(orjson.dumps({"collector": one.name, **one.counts}).decode())
    return 0


async def _collect(
    config: Config, collectors: "tuple[Collector, ...]", port: int, announce: str | None
) -> None:
    from seerflow.collectors.running import run_all  # noqa: PLC0415 - as above
    from seerflow.collectors.sink import KafkaSink  # noqa: PLC0415 - as above

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    sink = KafkaSink(producer_settings(config))
    health = _health(collectors)
    bound = await health.start(config.metrics.listen, port)
    if announce:
        presence.tell(Path(announce), NAME, bound)
    telling = [asyncio.ensure_future(_tell(one)) for one in collectors]
    try:
        await run_all(collectors, sink, stopping)
    finally:
        for task in telling:
            task.cancel()
        await sink.close()
        await health.stop()


def figures(metrics: Metrics, collectors: "Iterable[Collector]") -> None:
    """Take over what the collectors have counted."""
    for one in collectors:
        for name, count in one.counts.items():
            if name in LOSSES:
                metrics.put(DROPPED, count, (one.name, name))
            elif name in COUNTED:
                metrics.put(COUNTED[name], count, (one.name,))


def _health(collectors: "tuple[Collector, ...]") -> Health:
    """Give the probes: ready once every collector listens or reads; figures as the collectors count them."""
    metrics = Metrics("collect", {"collector": tuple(one.name for one in collectors), "reason": LOSSES})

    def text() -> bytes:
        figures(metrics, collectors)
        return metrics.text()

    def ready() -> str:
        waiting = [one.name for one in collectors if not one.ready.is_set()]
        return f"not listening yet: {', '.join(waiting)}" if waiting else ""

    def ports() -> dict[str, int]:
        return {one.name: port for one in collectors if (port := getattr(one, "port", None))}

    return Health(text, ready={"collectors": ready}, worker=NAME, ports=ports)


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

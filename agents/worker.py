"""One stage's worker: start, run until told to end or until the world refuses, end cleanly or at once."""

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import Sequence
from typing import Any, Protocol

import uvloop
from confluent_kafka import KafkaException

from seerflow.agents.app import StageApp, add_agent, build_app
from seerflow.agents.changelog import Changelog, GivenUp
from seerflow.agents.clients import Clients
from seerflow.agents.feed import Feed
from seerflow.agents.reader import EXIT_OUTSIDE, Reader, end_now, exit_code
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.shell import Shell
from seerflow.agents.stage import Stage, problems
from seerflow.agents.tables import RocksStore, Store
from seerflow.agents.transactions import Transactions
from seerflow.agents.watchdog import Watchdog
from seerflow.errors import ConfigError, OutsideError

log = logging.getLogger(__name__)

#: New objects between two looks for cycles, and how many looks at younger ones come before one at older ones.
_COLLECT = (20_000, 10, 10)


class Beside(Protocol):
    """A service that runs in the worker's event loop."""

    async def start(self) -> object:
        """Begin."""

    async def stop(self) -> object:
        """End."""


def run(stage: Stage, settings: WorkerSettings, beside: Sequence[Beside] = ()) -> int:
    """Run the stage's worker until SIGTERM or SIGINT.

    `beside` starts before the stage and stops after it, in the same event loop: probes, metrics.

    Gives 0 after a clean end and 75 where the world outside refused at the start. A worker that is fenced (70), or
    that cannot go on (75), ends the process on the spot. Raises ConfigError with every problem of the topics.
    """
    try:
        return uvloop.run(_with(beside, stage, settings))
    except OutsideError as error:
        log.error("the worker cannot run", extra={"stage": stage.name, "reason": str(error)})  # noqa: TRY400 - no traceback for what an operator can cause
        return EXIT_OUTSIDE


async def _with(beside: Sequence[Beside], stage: Stage, settings: WorkerSettings) -> int:
    async with contextlib.AsyncExitStack() as stack:
        for service in beside:
            await service.start()
            stack.push_async_callback(service.stop)
        return await _run(stage, settings)


async def _run(stage: Stage, settings: WorkerSettings) -> int:
    stop = asyncio.Event()
    shells: list[Shell] = []
    _on_signals(stop, shells)
    clients = Clients(stage, settings)
    counts = await asyncio.to_thread(clients.partitions)
    found = problems(stage, counts)
    if found:
        raise ConfigError(found)
    app, shell = await asyncio.to_thread(assemble, stage, settings, clients, counts[stage.inputs[0]])
    shells.append(shell)
    _settle_memory()
    watchdog = Watchdog(shell, clients, end_now, EXIT_OUTSIDE)
    if stop.is_set():
        return 0
    await app.start()
    app.flow_control.resume()  # Faust's conductor, which is off, would do it at the first assignment
    watchdog.start()
    await _either(stop, app.reader.failed)
    _end_if_failed(app)
    await app.stop()
    watchdog.ending.set()  # not before: what hangs would hang at the end, too
    _end_if_failed(app)
    return 0


def assemble(stage: Stage, settings: WorkerSettings, clients: Any, partitions: int) -> tuple[StageApp, Shell]:
    """Put the parts of a worker together; tests hand in clients of their own."""
    app = build_app(stage, settings, partitions)
    changelog = Changelog(clients, stage.changelog) if stage.changelog else None
    topic_id = clients.topic_id(stage.changelog) if stage.changelog else ""

    def open_store(partition: int) -> Store:
        return RocksStore(app.cells.data, partition, topic_id, time.time, settings.stale_store_seconds)

    try:
        transactions = Transactions(clients.producer())
    except KafkaException as error:
        raise OutsideError(f"no producer: {error.args[0].str()}") from error
    shell = Shell(
        stage=stage, settings=settings, transactions=transactions, open_store=open_store, changelog=changelog
    )
    handover = add_agent(app, shell)
    app.reader = Reader(Feed(shell, clients, transactions), shell, handover.give)
    return app, shell


def _settle_memory() -> None:
    """Let the collector of cycles leave alone what stays for good: rules, parsers, libraries.

    Records, events and hits hold no cycles; at its default of 700 objects it would look at each of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)


def _on_signals(stop: asyncio.Event, shells: list[Shell]) -> None:
    def told() -> None:
        stop.set()
        for shell in shells:
            shell.stopping = True  # a restore gives up

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()


def _end_if_failed(app: StageApp) -> None:
    failure = app.reader.failure
    if failure is None or isinstance(failure, GivenUp):
        return
    code = exit_code(failure)
    known = isinstance(failure, OutsideError)
    log.error(
        "the worker ends",
        extra={"code": code, "reason": f"{type(failure).__name__}: {failure}"[:500]},
        exc_info=None if known else failure,
    )
    end_now(code)

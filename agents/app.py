"""The Faust app of one stage: its channel, its agent, its table; the reader feeds the channel.

Faust's own Kafka consumer, producer, conductor and table recovery stay off through its `BootStrategy` (decision
0002): the consumer loses records around rebalances, and recovery knows nothing of transactions.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import faust
from faust.app.base import BootStrategy

from seerflow.agents.reader import Reader
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.shell import Shell
from seerflow.agents.stage import Stage
from seerflow.errors import OutsideError
from seerflow.model.record import Record

#: Small caches: RocksDB's defaults take 2 GiB of cache and 192 MiB of buffers for each partition of each table.
_TABLE_OPTIONS = {"block_cache_size": 16 << 20, "write_buffer_size": 8 << 20, "max_write_buffer_number": 2}


class OwnKafka(BootStrategy):
    """Start the agents, then our reader, and nothing of Faust's that speaks to Kafka; stop in reverse order."""

    enable_kafka = False
    enable_web = False
    enable_sensors = False

    def server(self) -> Iterable[Any]:
        """Give the services in the order in which they start."""
        return [*self.agents(), cast("StageApp", self.app).reader]


class StageApp(faust.App):
    """A Faust app with our reader."""

    BootStrategy = OwnKafka
    reader: Reader
    cells: Any = None  # the table, where the stage has one


class Handover:
    """Gives records to the agent, as many as were fetched together, and waits until it is done with them."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._done: asyncio.Future[int] | None = None

    async def give(self, records: Sequence[Record]) -> int:
        """Give how many of the records the agent has handled; raise what it could not contain."""
        self._done = asyncio.get_running_loop().create_future()
        await self._channel.put(records)
        return await self._done

    def done(self, handled: int) -> None:
        """Say how many of the records in hand were handled."""
        if self._done is not None and not self._done.done():
            self._done.set_result(handled)

    def failed(self, error: BaseException) -> None:
        """Say what hindered it."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)


def build_app(stage: Stage, settings: WorkerSettings, partitions: int) -> StageApp:
    """Make the app of a stage, without its agent and reader."""
    try:
        Path(settings.datadir).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutsideError(
            f"{settings.datadir}: {error.strerror}; set state_dir to a folder that can be written"
        ) from error
    app = StageApp(
        settings.group(stage.name),
        broker=f"kafka://{settings.client.get('bootstrap.servers', '')}",
        store="rocksdb://",
        datadir=settings.datadir,
        topic_partitions=partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        key_serializer="raw",
        value_serializer="raw",
        table_standby_replicas=0,
        cython_optimizations=True,
        stream_wait_empty=True,
        stream_buffer_maxsize=64,
        web_enabled=False,
        worker_redirect_stdouts=False,
        autodiscover=False,
    )
    if stage.changelog is not None:
        # Faust's store adds its own keys to the options it is given, hence a copy.
        options = {"driver": "rocksdict", **_TABLE_OPTIONS}
        app.cells = app.Table(
            "cells", partitions=partitions, key_type=bytes, value_type=bytes, options=options
        )
    return app


def add_agent(app: StageApp, shell: Shell) -> Handover:
    """Give the app its agent, named by the stage's verb, and the way to feed it."""
    channel = app.channel()
    handover = Handover(channel)

    # One at a time: with more, Faust commits past what is still in flight, and order is lost.
    @app.agent(channel, name=shell.stage.name, concurrency=1)
    async def work(batches: Any) -> None:
        async for records in batches:
            try:
                handled = shell.handle(records)
            except asyncio.CancelledError:
                handover.failed(OutsideError("the agent was cancelled"))
                raise
            except BaseException as error:  # noqa: BLE001 - the reader decides: undo, or end the worker
                handover.failed(error)
            else:
                handover.done(handled)

    return handover

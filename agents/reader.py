"""The reader: the service inside the Faust app whose loop everything else waits for.

The loop is strictly sequential: fetch (reader's thread) -> the agent handles the records (event loop) -> commit
(reader's thread).
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from confluent_kafka import KafkaException
from mode import Service

from seerflow.agents.feed import Feed
from seerflow.agents.shell import Shell
from seerflow.agents.transactions import Undone
from seerflow.errors import FencedError, OutsideError
from seerflow.model.record import Record

T = TypeVar("T")

_GOODBYE_SECONDS = 2.0

EXIT_FENCED = 70  # another worker owns what this one thought its own; or a bug that could not be contained
EXIT_OUTSIDE = 75  # the world outside refused; nothing is lost, a restart goes on from the last commit

_MEASURE_SECONDS = 5.0  # between two counts of the cells
_IDLE_SECONDS = 0.25  # how long a stop or a tick may have to wait for an idle poll


class Reader(Service):
    """The service that runs the loop inside the Faust app."""

    def __init__(
        self, feed: Feed, shell: Shell, hand: Callable[[Sequence[Record]], Awaitable[int]], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._feed = feed
        self._shell = shell
        # Puts records on the agent's channel; gives how many the agent handled before its transaction was full.
        self._hand = hand
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._next_tick = 0.0
        self._next_measure = 0.0
        self._ended: asyncio.Event | None = None
        #: Why the reader ended; None after a clean end.
        self.failure: BaseException | None = None
        self.failed = asyncio.Event()

    async def on_start(self) -> None:
        """Begin to read once the agents run."""
        self._ended = asyncio.Event()
        self.add_future(self._run())

    async def on_stop(self) -> None:
        """Wait until the loop has finished its turn and left the group."""
        if self._ended is not None:
            await self._ended.wait()
        self._thread.shutdown()

    async def _run(self) -> None:
        try:
            await self._in_thread(self._feed.start)
            while not self.should_stop:
                await self.turn()
            await self._drain()
            await self._in_thread(self._feed.close)
        except BaseException as error:  # noqa: BLE001 - the worker decides what each means, none may be lost here
            self.failure = error
            self.failed.set()
        finally:
            if self._ended is not None:
                self._ended.set()

    async def turn(self) -> None:
        """Fetch, handle, commit: once."""
        self._shell.beat = time.monotonic()
        records = await self._in_thread(self._feed.fetch, self._wait())
        try:
            while records:
                # A transaction's time at most, so that the event loop comes to what else it serves.
                records = records[await self._hand(records) :]
                if self._shell.full() and not await self._in_thread(self._feed.commit):
                    return  # undone: what was fetched comes again
            self._maybe_tick()
            self._maybe_measure()
        except Undone as reason:
            await self._in_thread(self._feed.undo, reason)
            return
        if self._shell.due_in() == 0.0:
            await self._in_thread(self._feed.commit)

    def _wait(self) -> float:
        due = self._shell.due_in()
        return _IDLE_SECONDS if due is None else min(due, _IDLE_SECONDS)

    def _maybe_tick(self) -> None:
        now = time.monotonic()
        if self._shell.stage.tick is not None and now >= self._next_tick:
            self._shell.tick()
            self._next_tick = now + self._shell.settings.tick_delay_seconds

    def _maybe_measure(self) -> None:
        now = time.monotonic()
        if now >= self._next_measure:
            self._shell.measure()
            self._next_measure = now + _MEASURE_SECONDS

    async def _drain(self) -> None:
        """Let the stage end what it has under way; what that led to is committed with the last transaction."""
        drain = self._shell.stage.drain
        # First what is handled: an open transaction may not wait for the world outside.
        if drain is None or not await self._in_thread(self._feed.commit):
            return
        try:
            await drain(self._shell.tick)
        except Undone as reason:
            await self._in_thread(self._feed.undo, reason)

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)


def exit_code(failure: BaseException) -> int:
    """Give the exit code for what ended the reader."""
    if isinstance(failure, FencedError):
        return EXIT_FENCED
    return EXIT_OUTSIDE if isinstance(failure, (OutsideError, KafkaException)) else EXIT_FENCED


def end_now(code: int) -> None:
    """End without any goodbye: nothing that is not committed may still be done."""
    # A log that nobody reads must not keep us.
    threading.Timer(_GOODBYE_SECONDS, os._exit, (code,)).start()
    logging.shutdown()
    os._exit(code)

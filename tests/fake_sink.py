"""A sink that is a list: it can be full, slow or broken, as the test says."""

import asyncio
from collections.abc import Callable, Sequence

from seerflow.engine.envelopes import Envelope
from seerflow.errors import OutsideError
from seerflow.model.record import Outgoing

DEADLINE = 10.0


class ListReceipt:
    def __init__(self, sink: "ListSink") -> None:
        self._sink = sink

    async def delivered(self) -> None:
        await self._sink.arrives.wait()
        self._sink.check()


class ListSink:
    """`full` refuses, `held` delays every delivery, `fail()` ends it."""

    def __init__(self, *, full: bool = False, held: bool = False) -> None:
        self.offers: list[tuple[Envelope, list[bytes], int]] = []
        self.records: list[Outgoing] = []
        self.refused = 0
        self.room_for: int | None = 0 if full else None  # documents; None: any number
        self.arrives = asyncio.Event()
        if not held:
            self.arrives.set()
        self.failure = ""
        self.failed = asyncio.Event()
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._roomy = asyncio.Event()

    # what collectors see

    def offer(self, envelope: Envelope, documents: Sequence[bytes], received: int) -> ListReceipt | None:
        self.check()
        if self.room_for is not None:
            if self.room_for < len(documents):
                self.refused += 1
                self._tell()
                return None
            self.room_for -= len(documents)
        self.offers.append((envelope, list(documents), received))
        self._tell()
        return ListReceipt(self)

    def forward(self, record: Outgoing) -> ListReceipt | None:
        self.check()
        if self.room_for is not None:
            if self.room_for < 1:
                self.refused += 1
                self._tell()
                return None
            self.room_for -= 1
        self.records.append(record)
        self._tell()
        return ListReceipt(self)

    async def room(self) -> None:
        self.check()
        self._roomy.clear()
        await self._roomy.wait()
        self.check()

    def check(self) -> None:
        if self.failure:
            raise OutsideError(self.failure)

    async def flush(self, patience: float) -> None:
        async with asyncio.timeout(patience):
            await self.arrives.wait()
        self.check()

    # what tests see

    @property
    def documents(self) -> list[bytes]:
        return [document for _, documents, _ in self.offers for document in documents]

    def empty(self, room: int | None = None) -> None:
        """Make room for so many documents; None: for any number."""
        self.room_for = room
        self._roomy.set()

    def fail(self, message: str = "Kafka is gone") -> None:
        self.failure = message
        self.failed.set()
        self.arrives.set()
        self._roomy.set()

    async def until(self, holds: "Callable[[ListSink], bool]") -> None:
        """Wait until something holds of the sink; a test that waits longer than the deadline fails."""
        async with asyncio.timeout(DEADLINE), self._changed:
            await self._changed.wait_for(lambda: holds(self))

    async def until_documents(self, count: int) -> list[bytes]:
        await self.until(lambda sink: len(sink.documents) >= count)
        return self.documents

    def _tell(self) -> None:
        async def tell() -> None:
            async with self._changed:
                self._changed.notify_all()

        task = asyncio.ensure_future(tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Running:
    """A collector that runs while the block lasts, then stops and has to end by itself."""

    def __init__(self, collector, sink) -> None:
        self.collector = collector
        self.sink = sink
        self.stopping = asyncio.Event()

    async def __aenter__(self):
        self.task = asyncio.ensure_future(self.collector.run(self.sink, self.stopping))
        ready = asyncio.ensure_future(self.collector.ready.wait())
        async with asyncio.timeout(DEADLINE):
            await asyncio.wait({ready, self.task}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self.task.done():
            self.task.result()
        return self

    async def __aexit__(self, kind, error, trace) -> None:
        self.stopping.set()
        async with asyncio.timeout(DEADLINE):
            if kind is None:
                await self.task
            else:
                self.task.cancel()
                await asyncio.gather(self.task, return_exceptions=True)


async def eventually(holds: "Callable[[], bool]", turn: float = 0.005) -> None:
    """Wait for what nothing announces (a counter, a file), within the deadline."""
    async with asyncio.timeout(DEADLINE):
        while not holds():
            await asyncio.sleep(turn)

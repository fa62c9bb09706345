"""The sink: gathers documents into records and knows when Kafka has them.

Law: documents of one lane leave in the order in which they came; a receipt is delivered only after every record
that holds its documents is acknowledged; after one failed delivery nothing is taken and nothing is delivered.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from msgspec import Struct

from seerflow.adapters.kafka_log import KAFKA_LOG
from seerflow.collectors.contract import Receipt
from seerflow.engine.envelopes import MAX_BYTES, MAX_DOCUMENTS, Envelope, pack
from seerflow.errors import OperatorError, OutsideError
from seerflow.model.record import Outgoing

#: What one open batch and one record in flight cost beside their bytes, about: dicts, events, librdkafka's own.
_RECORD_COST = 2048
#: One document's cost beside its bytes.
_DOCUMENT_COST = 64

#: What the sink insists on; the rest of the settings is the operator's.
_SETTINGS: dict[str, Any] = {
    "enable.idempotence": True,  # acks=all, order kept, no repeats within a session
    "enable.gapless.guarantee": True,  # a record that fails ends the producer: none behind it overtakes it
    "partitioner": "murmur2_random",  # as Java and the stages do; librdkafka's default differs
    "compression.type": "lz4",
    "linger.ms": 5,  # batches are full when they come here
    "message.timeout.ms": 0,  # never given up while we run: a full queue tells the senders to wait
    "message.max.bytes": 2 << 20,  # as topics.yaml
    "topic.metadata.propagation.max.ms": 5_000,  # until a topic that nobody knows is missing; 30 s by default
    # The sink's own bound bites first.
    "queue.buffering.max.kbytes": 1 << 20,
    "queue.buffering.max.messages": 1_000_000,
}


_HINTS = dict.fromkeys(
    (KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART),  # noqa: SLF001 - librdkafka's own codes begin with _
    "; make the topics (`seerflow topics apply`)",
)


class SinkLimits(Struct, frozen=True, kw_only=True):
    """The sink's bounds."""

    linger: float = 0.02  # seconds that a document waits for company, at most
    max_bytes: int = 64 << 20  # held in memory, in batches and in flight


class _Batch:
    """Documents of one lane that wait for company, then are on their way."""

    __slots__ = ("cost", "documents", "envelope", "left", "received", "settled", "size")

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.documents: list[bytes] = []
        self.size = 0
        self.received = 0
        self.cost = _RECORD_COST
        self.left = 1  # records of it that Kafka has not acknowledged; one until it is packed
        self.settled = asyncio.Event()


class _Receipt:
    """Delivered when its batch is."""

    __slots__ = ("_batch", "_sink")

    def __init__(self, sink: "KafkaSink", batch: _Batch) -> None:
        self._sink = sink
        self._batch = batch

    async def delivered(self) -> None:
        """Wait until Kafka has all of it; OutsideError where it never will."""
        await self._batch.settled.wait()
        if self._batch.left:
            self._sink.check()


class KafkaSink:
    """A sink in front of one producer. Made and used inside one event loop; `close` ends it.

    `settings` are librdkafka's, as adapters/kafka.py gives them for a producer.
    """

    def __init__(self, settings: Mapping[str, Any], limits: SinkLimits | None = None) -> None:
        self._limits = limits or SinkLimits()
        try:
            self._producer = Producer(
                {**settings, **_SETTINGS, "error_cb": self._on_error, "logger": KAFKA_LOG}
            )
        except KafkaException as error:
            raise OperatorError(
                f"the settings under kafka do not go together: {error.args[0].str()}"
            ) from error
        self._loop = asyncio.get_running_loop()
        self._open: dict[tuple[str, bytes], _Batch] = {}
        self._ready: deque[tuple[Outgoing, _Batch]] = deque()  # packed; librdkafka's queue was full
        self._held = 0
        self._room = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._done: deque[tuple[_Batch, KafkaError | None]] = deque()  # from the polling thread
        self._failure = ""
        self.failed = asyncio.Event()
        self._unsettled: set[_Batch] = set()
        self.records = 0  # that Kafka acknowledged
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="sink", daemon=True)
        self._poller.start()

    # --- taking --------------------------------------------------------------------------------------------

    def offer(self, envelope: Envelope, documents: Sequence[bytes], received: int) -> Receipt | None:
        """Take all the documents, in order, or none: None says that there is no room."""
        self.check()
        size = sum(map(len, documents)) + len(documents)
        cost = size + _DOCUMENT_COST * len(documents)
        # What alone is more than all the room is taken when nothing else is held, or it would never be.
        if self._held and self._held + cost + _RECORD_COST > self._limits.max_bytes:
            return None
        batch = self._batch(envelope)
        batch.documents.extend(documents)
        batch.size += size
        batch.cost += cost
        batch.received = max(batch.received, received)
        self._held += cost
        if batch.size >= MAX_BYTES or len(batch.documents) >= MAX_DOCUMENTS or envelope.encoding != "lines":
            self._send((envelope.topic, envelope.key))
        return _Receipt(self, batch)

    def forward(self, record: Outgoing) -> Receipt | None:
        """Take a finished record, or give None where there is no room."""
        self.check()
        cost = len(record.value or b"")
        if self._held and self._held + cost + _RECORD_COST > self._limits.max_bytes:
            return None
        batch = _Batch(Envelope(topic=record.topic))
        batch.cost += cost
        self._held += batch.cost
        self._unsettled.add(batch)
        self._produce([(record, batch)])
        return _Receipt(self, batch)

    async def room(self) -> None:
        """Wait until something was delivered, so that there may be room."""
        self.check()
        self._room.clear()
        if self._held:
            await self._room.wait()
        self.check()

    def check(self) -> None:
        """Raise OutsideError once a delivery has failed."""
        if self._failure:
            raise OutsideError(self._failure)

    @property
    def held(self) -> int:
        """Bytes that wait for Kafka, about."""
        return self._held

    # --- sending -------------------------------------------------------------------------------------------

    def _batch(self, envelope: Envelope) -> _Batch:
        at = (envelope.topic, envelope.key)
        batch = self._open.get(at)
        if batch is not None and batch.envelope != envelope:
            # Other headers, same lane: what came first leaves first.
            self._send(at)
            batch = None
        if batch is None:
            batch = self._open[at] = _Batch(envelope)
            self._unsettled.add(batch)
            self._held += _RECORD_COST
            if self._timer is None:
                self._timer = self._loop.call_later(self._limits.linger, self._linger)
        return batch

    def _linger(self) -> None:
        self._timer = None
        for at in list(self._open):
            self._send(at)

    def _send(self, at: tuple[str, bytes]) -> None:
        batch = self._open.pop(at)
        records = pack(batch.envelope, batch.documents, received=batch.received)
        batch.documents = []
        batch.left = len(records)
        if records:
            self._produce([(record, batch) for record in records])
        else:  # empty documents only: nothing to wait for
            self._settle(batch)

    def _produce(self, records: Sequence[tuple[Outgoing, _Batch]]) -> None:
        self._ready.extend(records)
        while self._ready and not self._failure:
            record, batch = self._ready[0]
            try:
                self._producer.produce(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    headers=list(record.headers.items()),
                    on_delivery=partial(self._delivered, batch),
                )
            except BufferError:
                # Order stays: nothing behind this one is produced before it. Deliveries make room.
                return
            except KafkaException as error:
                self._fail(error.args[0])
                return
            self._ready.popleft()

    # --- learning ------------------------------------------------------------------------------------------

    def _poll(self) -> None:
        while not self._closing.is_set():
            try:
                self._producer.poll(0.1)
            except KafkaException as error:
                # A fatal error comes this way. Whoever waits for a delivery must hear of it, and the thread stays:
                # a sink that nobody polls says nothing at all, which looks like "all quiet".
                self._tell(self._fail, error.args[0])
                self._closing.wait(0.1)

    def _on_error(self, error: KafkaError) -> None:  # in the polling thread
        if error.fatal():
            self._tell(self._fail, error)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        """Have the event loop do it, unless it has ended: then nobody waits for it any more."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what, *arguments)

    def _delivered(self, batch: _Batch, error: KafkaError | None, _message: Message) -> None:
        # In the polling thread. One wake-up of the loop serves all that stand in the queue by then.
        self._done.append((batch, error))
        if len(self._done) == 1:
            self._tell(self._drain)

    def _drain(self) -> None:
        while self._done:
            batch, error = self._done.popleft()
            if error is None:
                self.records += 1
                self._settle(batch)
            else:
                self._fail(error)
        if self._ready:
            self._produce(())
        self._room.set()

    def _settle(self, batch: _Batch) -> None:
        batch.left -= 1
        if batch.left <= 0:
            self._held -= batch.cost
            self._unsettled.discard(batch)
            batch.settled.set()

    def _fail(self, error: KafkaError) -> None:
        """Let nobody believe that anything more arrives."""
        hint = _HINTS.get(error.code(), "")
        self._failure = self._failure or f"Kafka refused a record: {error.str()}{hint}"
        self.failed.set()
        self._room.set()
        for batch in self._unsettled:
            batch.settled.set()

    # --- ending --------------------------------------------------------------------------------------------

    async def flush(self, patience: float) -> None:
        """Wait until Kafka has everything, at most `patience` seconds; OutsideError where it has not."""
        try:
            async with asyncio.timeout(patience):
                while self._held:
                    await self.room()
        except TimeoutError as error:
            raise OutsideError(
                f"Kafka did not take what was collected within {patience:.0f} s: "
                f"{len(self._unsettled)} records wait; is the broker up?"
            ) from error

    async def close(self) -> None:
        """End the producer. What was not flushed is lost, and no receipt says otherwise."""
        if self._timer is not None:
            self._timer.cancel()
        self._closing.set()
        await asyncio.to_thread(self._poller.join)
        self._producer.purge()

"""Another Kafka topic as a source: its records go to a raw topic, in their order, with their own headers.

Acknowledgement: offsets are committed only when our cluster has everything before them. After a crash the records
since the last commit come again (at most _BATCH of a member, and what was on its way); none is missing.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message
from msgspec import Struct
from msgspec.structs import replace

from seerflow.adapters.kafka_log import KAFKA_LOG
from seerflow.collectors import otlp_requests
from seerflow.collectors.contract import Labels, Receipt, Sink, now
from seerflow.engine import headers
from seerflow.engine.envelopes import MAX_DOCUMENT, pack
from seerflow.engine.otlp_values import Malformed
from seerflow.errors import OperatorError, OutsideError
from seerflow.model.record import Outgoing

#: So many records are read, handed over and committed at a time.
_BATCH = 2000
_WAIT = 0.1  # seconds
#: topics.yaml lets a record be 2 MB with its headers.
_MAX_FORWARD = (2 << 20) - (64 << 10)


class KafkaOptions(Struct, frozen=True, kw_only=True):
    """One foreign topic."""

    topic: str
    settings: Mapping[str, Any]  # librdkafka's for a consumer: bootstrap.servers and security
    labels: Labels = Labels(topic="raw.lines")
    encoding: str = "lines"
    group: str = "seerflow.collect"


class KafkaTopic:
    """Reads a foreign topic as a member of a consumer group: several collectors share its partitions."""

    name = "kafka"

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self.counts: Counter[str] = Counter()
        self.ready = asyncio.Event()

    async def run(self, sink: Sink, stopping: asyncio.Event) -> None:
        """Read until `stopping`. What was read by then is in our cluster and its offsets committed."""
        consumer = self._consumer()
        try:
            consumer.subscribe([self._options.topic], on_assign=self._assigned(asyncio.get_running_loop()))
            while not stopping.is_set():
                messages = await asyncio.to_thread(self._read, consumer)
                receipts = [await self._forward(sink, record) for record in self._records(messages)]
                # Nothing is on its way when the next read may give partitions to somebody else.
                for receipt in receipts:
                    await receipt.delivered()
                if messages:
                    await asyncio.to_thread(self._commit, consumer)
        finally:
            await asyncio.to_thread(consumer.close)

    def _consumer(self) -> Consumer:
        settings = {
            **self._options.settings,
            "group.id": self._options.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "logger": KAFKA_LOG,
        }
        try:
            return Consumer(settings)
        except KafkaException as error:
            raise OperatorError(f"cannot read the topic {self._options.topic}: {_said(error)}") from error

    def _assigned(self, loop: asyncio.AbstractEventLoop) -> Any:
        def assigned(_consumer: Consumer, _partitions: list[Any]) -> None:
            loop.call_soon_threadsafe(self.ready.set)

        return assigned

    def _read(self, consumer: Consumer) -> list[Message]:
        try:
            messages = consumer.consume(_BATCH, _WAIT)
        except KafkaException as error:
            raise OutsideError(f"cannot read the topic {self._options.topic}: {_said(error)}") from error
        for message in messages:
            problem = message.error()
            if problem is not None and not problem.retriable():
                raise OutsideError(
                    f"cannot read the topic {self._options.topic}: {problem.str()}; "
                    "does it exist, and may this user read it?"
                )
        return [message for message in messages if message.error() is None]

    def _commit(self, consumer: Consumer) -> None:
        try:
            consumer.commit(asynchronous=False)
        except KafkaException:
            # The group gave the partitions to somebody else meanwhile: who has them now reads these again.
            self.counts["uncommitted"] += 1

    # --- one record ----------------------------------------------------------------------------------------

    def _records(self, messages: list[Message]) -> Iterator[Outgoing]:
        for message in messages:
            value = message.value()
            if not value:
                continue
            self.counts["documents"] += 1
            self.counts["bytes"] += len(value)
            yield from self._outgoing(message, value)

    def _outgoing(self, message: Message, value: bytes) -> Iterator[Outgoing]:
        """Give our record of theirs: what the operator says of it, then its own headers, ours where none is."""
        kind, stamp = message.timestamp()
        envelope = replace(
            self._options.labels.envelope(self.name, encoding=self._options.encoding),
            # A partition's records without a key keep their order.
            lane=f"{message.topic()}/{message.partition()}",
        )
        ours = headers.write(envelope, stamp * 1000 if kind else now())
        said = {name: given for name, given in ours.items() if name in ("source", "format", "zone")}
        theirs = {str(name): _bytes(given) for name, given in list(message.headers() or ())}
        record = Outgoing(
            topic=envelope.topic,
            value=value,
            key=message.key() or envelope.key,
            headers={**ours, **theirs, **said},
        )
        yield from self._bounded(record)

    def _bounded(self, record: Outgoing) -> Iterator[Outgoing]:
        """Give the record, or several where it is longer than a record of ours may be."""
        value = record.value or b""
        if len(value) <= _MAX_FORWARD:
            yield record
            return
        encoding = record.headers["encoding"]
        for part, as_ in self._shorter(value, encoding):
            yield replace(record, value=part, headers={**record.headers, "encoding": as_})

    def _shorter(self, value: bytes, encoding: bytes) -> Iterator[tuple[bytes, bytes]]:
        if encoding.startswith(b"otlp_"):
            try:
                parts = otlp_requests.split(value, encoding.decode())
            except Malformed:
                encoding = b"single"  # its beginning is kept, and the stages say what is wrong with it
            else:
                self.counts["rejected_logs"] += parts.rejected
                yield from ((document, encoding) for document in parts.documents)
                return
        lines = encoding == b"lines"
        documents = [line.removesuffix(b"\r") for line in value.split(b"\n")] if lines else [value]
        self.counts["cut"] += sum(len(document) > MAX_DOCUMENT for document in documents)
        envelope = headers.Envelope(topic="", encoding="lines" if lines else "single")
        for one in pack(envelope, (document[:MAX_DOCUMENT] for document in documents), received=0):
            yield one.value or b"", one.headers["encoding"]

    async def _forward(self, sink: Sink, record: Outgoing) -> Receipt:
        while (receipt := sink.forward(record)) is None:
            await sink.room()
        return receipt


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""


def _said(error: KafkaException) -> str:
    cause = error.args[0]
    return str(cause.str() if hasattr(cause, "str") else cause)

"""What every collector is, and what it hands its documents to. tests/contracts/test_collectors.py holds all to it.

Law: a collector tells its sender "I have it" (an answer, a saved position, a committed offset) only when the
receipt of what it handed over is delivered, that is: when Kafka has it. Where the sender's protocol has no such
answer (syslog), the collector stops reading instead (TCP), or counts what it drops (UDP).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from seerflow.engine.envelopes import Envelope
from seerflow.engine.lines import Multiline
from seerflow.errors import OutsideError
from seerflow.model.record import Outgoing

#: What collectors count, and what each word means. Every count that says "dropped" is data lost for good.
COUNTS: dict[str, str] = {
    "documents": "documents handed on",
    "bytes": "their bytes",
    "cut": "documents longer than the bound, of which only the beginning was handed on",
    "dropped_full": "datagrams dropped because Kafka did not keep up",
    "dropped_kernel": "datagrams that the kernel dropped because we did not keep up",
    "partial": "last documents of connections that ended inside a frame; they were handed on",
    "refused_connections": "connections closed at once: too many were open",
    "idle_connections": "connections closed because nothing came for too long",
    "broken_connections": "connections that ended with an error, failed TLS handshakes among them",
    "refused_requests": "requests answered with an error that the sender has to mend",
    "busy_requests": "requests answered with 429 or 503: the sender tries again",
    "rejected_logs": "logs of OTLP requests that are longer than a record may be; the answer said so",
    "uncommitted": "commits that another member's turn made void; those records come again",
    "rotations": "files that were renamed and followed to their end",
    "truncations": "files that began anew under the same name",
    "lost_files": "files that vanished before their end was read",
    "unread_files": "files left alone: too many were open, or they could not be read",
}


class Labels(Struct, frozen=True, kw_only=True):
    """What the operator says of the documents that come in one way, and where they go."""

    topic: str
    source: str = ""
    format: str = ""  # the parser; "" recognises the format
    zone: str = ""  # IANA time zone of stamps that carry none; "" leaves it to the stages
    multiline: Multiline = "none"  # which lines of a file are one document

    def envelope(
        self, collector: str, *, peer: str = "", lane: str = "", encoding: str = "lines"
    ) -> Envelope:
        """Give the envelope of documents with these labels."""
        return Envelope(
            topic=self.topic,
            source=self.source,
            format=self.format,
            zone=self.zone,
            collector=collector,
            peer=peer,
            lane=lane,
            encoding=encoding,
        )


class Run(Struct):
    """Documents in order that were all cut, or all whole, and all under one header of their file."""

    cut: bool
    documents: list[bytes]
    columns: str = ""


class Receipt(Protocol):
    """Says when what was handed over has arrived."""

    async def delivered(self) -> None:
        """Wait until Kafka has all of it; OutsideError where it never will."""


class Sink(Protocol):
    """Takes documents, as many as there is room for."""

    def offer(self, envelope: Envelope, documents: Sequence[bytes], received: int) -> Receipt | None:
        """Take all the documents, in order, or none: None says that there is no room.

        `received`: microseconds. Raises OutsideError once a delivery has failed.
        """

    def forward(self, record: Outgoing) -> Receipt | None:
        """Take a finished record, or give None where there is no room."""

    async def room(self) -> None:
        """Wait until there may be room; OutsideError once a delivery has failed."""


class Collector(Protocol):
    """One way in."""

    name: str
    counts: Counter[str]  # by the words of COUNTS
    ready: asyncio.Event  # set while it takes documents

    async def run(self, sink: Sink, stopping: asyncio.Event) -> None:
        """Collect until `stopping` is set; then stop reading and hand over all that was read.

        Whoever can be told, or remembers a position, waits for Kafka first. Raises OutsideError where the world does not let it work, with what to do about it.
        """


async def put(sink: Sink, envelope: Envelope, documents: Sequence[bytes], received: int) -> Receipt:
    """Hand documents over, waiting for room."""
    while (receipt := sink.offer(envelope, documents, received)) is None:
        await sink.room()
    return receipt


async def put_runs(sink: Sink, envelope: Envelope, runs: Sequence[Run], received: int) -> list[Receipt]:
    """Hand runs of documents over, in order."""
    return [await put(sink, _of(envelope, run), run.documents, received) for run in runs]


def _of(envelope: Envelope, run: Run) -> Envelope:
    if not run.cut and not run.columns:
        return envelope
    return replace(envelope, cut=run.cut, columns=run.columns)


async def ended(
    stopping: asyncio.Event, failed: "asyncio.Future[None]", seconds: float | None = None
) -> bool:
    """Wait for `stopping` and give True, or False after `seconds`; raise what `failed` raises."""

    async def wait() -> None:
        await stopping.wait()

    stop = asyncio.ensure_future(wait())
    try:
        await asyncio.wait({stop, failed}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
    if failed.done():
        failed.result()
    return stopping.is_set()


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def add(runs: list[Run], document: bytes, *, cut: bool = False, columns: str = "") -> None:
    """Put a document behind the last one; empty ones are none."""
    if not document:
        return
    if runs and runs[-1].cut == cut and runs[-1].columns == columns:
        runs[-1].documents.append(document)
    else:
        runs.append(Run(cut, [document], columns))


async def settle(receipts: Sequence[Receipt], patience: float) -> None:
    """Wait until all are delivered, at most `patience` seconds."""
    try:
        async with asyncio.timeout(patience):
            for receipt in receipts:
                await receipt.delivered()
    except TimeoutError as error:
        raise OutsideError(
            f"Kafka did not take what was collected within {patience:.0f} s; "
            "files and topics are read again from the last saved position"
        ) from error

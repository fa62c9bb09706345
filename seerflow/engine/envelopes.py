"""Envelopes: one Kafka record carries 1..N logs, and headers say what they share.

Law: a log's index is its place in the record (of lines: the number of its first line), whatever the other documents
are, so that an id made from it never changes. What a bound cuts off becomes Rejected with its bytes, never nothing.
"""

from collections.abc import Callable, Iterable, Iterator

from seerflow.engine import headers, otlp
from seerflow.engine.headers import BadHeader, Envelope, RawDefaults, Shared
from seerflow.engine.joining import MARK, grouped
from seerflow.model.log import Origin, RawLog, Rejected
from seerflow.model.record import Outgoing, Record

__all__ = ["MAX_BYTES", "MAX_DOCUMENT", "MAX_DOCUMENTS", "Envelope", "RawDefaults", "pack", "unpack"]

#: A record's value stays below this, unless one document alone is longer. Kafka's default limit is 1 MB.
MAX_BYTES = 512 * 1024
#: A record that we make holds at most so many documents: a stage commits by whole records.
MAX_DOCUMENTS = 4096
#: Of a foreign record so many documents are read: 2 MB of lines of 40 bytes.
READ_DOCUMENTS = 50_000
#: No collector hands on a longer document: with headers it must fit the 2 MB that topics.yaml allows a record.
MAX_DOCUMENT = 1 << 20


# --- out ---------------------------------------------------------------------------------------------------


def _runs(documents: Iterable[bytes], limit: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Join documents, in order, to values of at most `limit` bytes and `count` documents."""
    lines: list[bytes] = []
    size = 0
    for document in documents:
        length = len(document) + 1
        # Reading lines strips a trailing \r, so a document that ends with one cannot be a line.
        alone = length > limit or b"\n" in document or document.endswith(b"\r")
        if lines and (alone or size + length > limit or len(lines) >= count):
            yield "lines", b"\n".join(lines)
            lines, size = [], 0
        if alone:
            yield "single", document
        elif document:
            lines.append(document)
            size += length
    if lines:
        yield "lines", b"\n".join(lines)


def pack(
    envelope: Envelope,
    documents: Iterable[bytes],
    *,
    received: int,
    limit: int = MAX_BYTES,
    count: int = MAX_DOCUMENTS,
) -> list[Outgoing]:
    """Put documents into records, in order; empty ones are no logs. `received`: microseconds, of the latest.

    Documents of an envelope that is not `lines` get a record each.
    """
    runs = (
        _runs(documents, limit, count)
        if envelope.encoding == "lines"
        else ((envelope.encoding, document) for document in documents if document)
    )
    shared = headers.write(envelope, received)
    return [
        Outgoing(
            topic=envelope.topic,
            value=value,
            key=envelope.key,
            headers={**shared, "encoding": encoding.encode()},
        )
        for encoding, value in runs
    ]


# --- in ----------------------------------------------------------------------------------------------------


#: One document of a record: its index, its bytes, and what is wrong with it ("" for a log).
_Part = tuple[int, bytes, str]


def _read_lines(value: bytes, limit: int) -> Iterator[_Part]:
    # limit + 1 pieces: the last one holds whatever stands behind the bound.
    pieces = value.split(b"\n", limit)
    lines = (
        (index, line) for index, piece in enumerate(pieces[:limit]) if (line := piece.removesuffix(b"\r"))
    )
    for index, line in grouped(lines) if MARK in value else lines:
        yield index, line, ""
    rest = pieces[limit] if len(pieces) > limit else b""
    if rest:
        yield limit, rest, f"more than {limit} lines: {rest.count(10) + 1} stand here, unread"


def _read_single(value: bytes, _limit: int) -> Iterator[_Part]:
    if value:
        yield 0, value, ""


def _read_otlp_json(value: bytes, limit: int) -> Iterator[_Part]:
    return otlp.documents(value, "otlp_json", limit=limit)


def _read_otlp_proto(value: bytes, limit: int) -> Iterator[_Part]:
    return otlp.documents(value, "otlp_proto", limit=limit)


_READERS: dict[str, Callable[[bytes, int], Iterator[_Part]]] = {
    "lines": _read_lines,
    "single": _read_single,
    "otlp_json": _read_otlp_json,
    "otlp_proto": _read_otlp_proto,
}


def unpack(
    record: Record, defaults: RawDefaults, *, limit: int = READ_DOCUMENTS
) -> tuple[RawLog | Rejected, ...]:
    """Give the logs of a record in order, at most `limit`, and Rejected for what cannot be read as one.

    A record of a producer that knows nothing of us has no headers: its topic's defaults hold, and it was
    received when Kafka says.
    """
    origin = Origin(record.topic, record.partition, record.offset)
    try:
        shared = headers.read(record.headers, record.timestamp, defaults)
    except BadHeader as problem:
        return (
            Rejected(
                origin=origin,
                raw=record.value,
                stage="parse",
                reason="bad_envelope",
                detail=str(problem),
                source=defaults.source,
                received=record.timestamp,
            ),
        )
    otlp_format = shared.encoding.startswith("otlp_")
    logs = _Logs(origin, shared, "otlp" if otlp_format else shared.format)
    return tuple(logs.give(part) for part in _READERS[shared.encoding](record.value, limit))


class _Logs:
    """Makes the logs of one record."""

    def __init__(self, origin: Origin, shared: Shared, format_: str) -> None:
        self._origin = origin
        self._shared = shared
        self._format = format_

    def give(self, part: _Part) -> RawLog | Rejected:
        index, raw, problem = part
        at, shared = self._origin, self._shared
        origin = Origin(at.topic, at.partition, at.offset, index)
        if problem:
            return Rejected(
                origin=origin,
                raw=raw,
                stage="parse",
                reason="bad_envelope",
                detail=problem,
                source=shared.source,
                received=shared.received,
            )
        return RawLog(
            origin=origin,
            raw=raw,
            received=shared.received,
            source=shared.source,
            format=self._format,
            collector=shared.collector,
            peer=shared.peer,
            zone=shared.zone,
            columns=shared.columns,
            cut=shared.cut,
        )

"""Values into outgoing records: gathered by partition, cut to the size that a topic takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from seerflow.adapters import codec
from seerflow.engine.routing import by_partition
from seerflow.model.log import Rejected
from seerflow.model.record import Outgoing

T = TypeVar("T")

#: A record's value stays below this, well under the topics' max.message.bytes of 2 MB (topics.yaml).
MAX_VALUE_BYTES = 900_000
#: Base64 makes 4 bytes of 3, and a record takes 2 MB.
MAX_RAW_BYTES = 1_400_000


def chunks(documents: Iterable[bytes]) -> Iterator[bytes]:
    """Join encoded documents, one a line, into values of at most MAX_VALUE_BYTES (a larger one stays alone)."""
    batch: list[bytes] = []
    size = 0
    for document in documents:
        if batch and size + len(document) > MAX_VALUE_BYTES:
            yield b"\n".join(batch)
            batch, size = [], 0
        batch.append(document)
        size += len(document) + 1
    if batch:
        yield b"\n".join(batch)


def keyed(
    topic: str,
    items: Iterable[tuple[bytes, T]],
    encode: Callable[[T], bytes],
    partitions: int,
    headers: Mapping[str, bytes],
) -> Iterator[Outgoing]:
    """Give the records that carry (cell, item) pairs to the partitions of their cells, order kept."""
    for partition, batch in by_partition(items, partitions):
        for value in chunks(map(encode, batch)):
            yield Outgoing(topic=topic, partition=partition, value=value, headers=headers)


def lines(
    topic: str, items: Iterable[tuple[bytes, codec.Line]], partitions: int, headers: Mapping[str, bytes]
) -> Iterator[Outgoing]:
    """Give the same records as `keyed` with `codec.line`, with all lines of a partition encoded at once."""
    for partition, batch in by_partition(items, partitions):
        value = codec.lines(batch)
        for part in (value,) if len(value) <= MAX_VALUE_BYTES else chunks(map(codec.line, batch)):
            yield Outgoing(topic=topic, partition=partition, value=part, headers=headers)


def _bounded(one: Rejected) -> Rejected:
    """Keep as many bytes as a record takes in base64; the rest stands at the origin."""
    if len(one.raw) <= MAX_RAW_BYTES:
        return one
    detail = f"{one.detail}; {len(one.raw)} bytes, cut to {MAX_RAW_BYTES}".removeprefix("; ")
    return replace(one, raw=one.raw[:MAX_RAW_BYTES], detail=detail)


def set_aside(rejected: Iterable[Rejected], partition: int) -> Iterator[Outgoing]:
    """Give the records that keep what was set aside, in the partition of what it came from."""
    for value in chunks(codec.rejected_line(_bounded(one)) for one in rejected):
        yield Outgoing(topic="rejected", partition=partition, value=value)

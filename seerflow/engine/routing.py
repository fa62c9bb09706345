"""Which partition a key belongs to, and how a key becomes the name of a cell.

Our own records carry many keys each (docs/ARCHITECTURE.md, Envelopes), so the sender picks the partition and
puts what belongs together into one record. CRC-32 (ISO 3309, as in zlib) is stable, quick and good enough to
spread keys; nothing depends on its strength.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

from seerflow.model.entity import Key

T = TypeVar("T")


def cell_key(key: Key) -> bytes:
    """Give the bytes under which a key's cell is kept: fields and values, unit-separated, in rule order."""
    if len(key) == 1:  # as most are; without a list and a join it takes half the time
        ((field, value),) = key
        return f"{field}\x1d{value}".encode("utf-8", "surrogatepass")
    return "\x1e".join([f"{field}\x1d{value}" for field, value in key]).encode("utf-8", "surrogatepass")


def partition_of(cell: bytes, partitions: int) -> int:
    """Give the partition that holds the cell of those bytes."""
    return zlib.crc32(cell) % partitions


def by_partition(items: Iterable[tuple[bytes, T]], partitions: int) -> Iterator[tuple[int, list[T]]]:
    """Gather (cell bytes, item) pairs by partition; within one, the order stays."""
    groups: dict[int, list[T]] = {}
    for cell, item in items:
        groups.setdefault(partition_of(cell, partitions), []).append(item)
    yield from sorted(groups.items())

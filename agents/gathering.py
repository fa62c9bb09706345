"""Outputs of one transaction that go to the same place: joined, because what costs in a stream is the record."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from seerflow.model.record import Outgoing

#: Records are joined up to this many bytes: a few hundred hits, which a worker handles in some 10 ms.
JOINED_BYTES = 128 << 10
#: So many bytes wait for others of their place; more go on at once.
WAITING_BYTES = 1 << 20
#: The header that tells how far a feeder's event time has come.
REACHED = "reached"


class Gathering:
    """What waits for the end of its transaction, or for enough of its kind."""

    def __init__(self) -> None:
        self._waiting: list[Outgoing] = []
        self._bytes = 0

    def add(self, outgoing: Sequence[Outgoing]) -> Iterable[Outgoing]:
        """Take records; give what has to be sent now."""
        self._waiting += outgoing
        self._bytes += sum([len(one.value or b"") for one in outgoing])
        return self.take() if self._bytes >= WAITING_BYTES else ()

    def take(self) -> Iterable[Outgoing]:
        """Give all that waits."""
        waiting = self._waiting
        self.clear()
        return gathered(waiting)

    def clear(self) -> None:
        """Forget what waits: its transaction is undone."""
        self._waiting, self._bytes = [], 0


def gathered(outgoing: Iterable[Outgoing]) -> Iterator[Outgoing]:
    """Join records without a key that go to one partition and differ in `reached` alone; their order stays.

    The joined record has reached what the furthest of its parts had: whoever reads it looks at all of it before it
    frees memory.
    """
    alike: dict[tuple[Any, ...], list[Outgoing]] = {}
    for one in outgoing:
        if one.key is not None or one.partition is None:
            yield one
        else:
            rest = [pair for pair in one.headers.items() if pair[0] != REACHED]
            alike.setdefault((one.topic, one.partition, *sorted(rest)), []).append(one)
    for parts in alike.values():
        yield from _joined(parts)


def _joined(parts: Sequence[Outgoing]) -> Iterator[Outgoing]:
    batch: list[Outgoing] = []
    size = 0
    for one in parts:
        length = len(one.value or b"") + 1
        if batch and size + length > JOINED_BYTES:
            yield _one(batch)
            batch, size = [], 0
        batch.append(one)
        size += length
    if batch:
        yield _one(batch)


def _one(parts: Sequence[Outgoing]) -> Outgoing:
    if len(parts) == 1:
        return parts[0]
    headers = dict(parts[0].headers)
    reached = [int(one.headers[REACHED]) for one in parts if REACHED in one.headers]
    if reached:
        headers[REACHED] = str(max(reached)).encode()
    return replace(parts[0], value=b"\n".join([one.value or b"" for one in parts]), headers=headers)

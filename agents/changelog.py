"""Bringing stores up to their changelog.

Why to the end with open transactions included, and not to the last stable offset: a transaction's markers reach its
partitions one after the other. Our committed input offset may be visible a moment before the cells of the very same
transaction are; whoever stopped at the last stable offset then would miss them for good. Behind the end of that
moment nothing of a previous owner can become visible: its group generation is over.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from msgspec import Struct

from seerflow.agents.clients import Clients
from seerflow.agents.positions import Place
from seerflow.agents.tables import Store
from seerflow.errors import OutsideError

log = logging.getLogger(__name__)

_CHUNK = 5_000
_WAIT_SECONDS = 0.5
#: Nothing read for so long, though something must come: transactions end within their time-out, brokers return.
_PATIENCE_SECONDS = 120.0


class GivenUp(OutsideError):  # noqa: N818 - it names what happened to the restore
    """The worker was told to end while it restored."""


class Restored(Struct, frozen=True, kw_only=True):
    """What a restore did."""

    cells: int = 0
    seconds: float = 0.0
    wiped: int = 0


class Begin(Struct, frozen=True, kw_only=True):
    """Where a restore begins, and whether with an empty store."""

    offset: int
    wipe: bool


def begin(stored: int | None, first: int, end: int) -> Begin:
    """Decide where to begin, given the store's offset and the changelog's bounds [first, end)."""
    if stored is None or stored >= end or stored + 1 < first:
        # Nothing known, or ahead of the log, or a part of the log in between is gone: the store proves nothing.
        return Begin(offset=first, wipe=True)
    return Begin(offset=stored + 1, wipe=False)


class Changelog:
    """The changelog topic of one stage."""

    def __init__(self, clients: Clients, topic: str) -> None:
        self._clients = clients
        self._topic = topic

    def restore(self, stores: Mapping[int, Store], wanted: Callable[[], bool]) -> Restored:
        """Bring these partitions' stores up to the changelog's present end; stop early if no longer wanted."""
        started = time.monotonic()
        bounds = self._clients.bounds(Place(self._topic, partition) for partition in stores)
        due: dict[int, tuple[int, int]] = {}
        wiped = 0
        for place, (first, end) in bounds.items():
            store = stores[place.partition]
            start = begin(store.offset(), first, end)
            if start.wipe:
                store.wipe()
                wiped += 1
            if start.offset < end:
                due[place.partition] = (start.offset, end)
        cells = self._read(stores, due, wanted) if due else 0
        return Restored(cells=cells, seconds=time.monotonic() - started, wiped=wiped)

    def _read(
        self, stores: Mapping[int, Store], due: dict[int, tuple[int, int]], wanted: Callable[[], bool]
    ) -> int:
        reader = self._clients.changelog_reader()
        try:
            reader.assign([TopicPartition(self._topic, p, offset) for p, (offset, _) in due.items()])
            ends = {p: end for p, (_, end) in due.items()}
            return _follow(reader, stores, ends, wanted)
        finally:
            reader.close()


def _follow(
    reader: Any, stores: Mapping[int, Store], ends: dict[int, int], wanted: Callable[[], bool]
) -> int:
    cells, heard = 0, time.monotonic()
    while ends:
        if not wanted():
            raise GivenUp("the restore was given up: the worker ends")
        messages = reader.consume(_CHUNK, _WAIT_SECONDS)
        if messages:
            heard = time.monotonic()
        elif time.monotonic() - heard > _PATIENCE_SECONDS:
            raise OutsideError(f"the changelog does not answer; left to restore: {ends}")
        batches, reached = _sorted(messages)
        for partition, (batch, offset) in batches.items():
            stores[partition].write(batch, offset)
            cells += len(batch)
        for partition, offset in reached.items():
            if offset >= ends.get(partition, offset + 1):
                del ends[partition]
    return cells


_Batch = tuple[dict[bytes, bytes | None], int]


def _sorted(messages: list[Any]) -> tuple[dict[int, _Batch], dict[int, int]]:
    """Give each partition's cells with their last offset, and the offset up to which each was read."""
    batches: dict[int, _Batch] = {}
    reached: dict[int, int] = {}
    for message in messages:
        partition, offset, error = message.partition(), message.offset(), message.error()
        if error is None:
            batch, _ = batches.get(partition, ({}, -1))
            batch[message.key()] = message.value()
            batches[partition] = (batch, offset)
            reached[partition] = offset + 1
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's name for it
            reached[partition] = offset  # also past markers and aborted records, which are not handed out
        elif not error.retriable():
            raise OutsideError(f"the changelog cannot be read: {error.str()}") from KafkaException(error)
    return batches, reached

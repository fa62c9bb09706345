"""Cells of keyed stages: layers over the RocksDB store of a Faust table.

Law: the store follows the log. What a record writes stays fresh until its step is done, then open until the
transaction that carries it is committed; only then it goes to RocksDB, in one batch with its changelog offset.
"""

import heapq
import itertools
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import msgspec
import rocksdict

from seerflow.errors import OutsideError

_OFFSET = b"__faust\0offset__"  # faust.stores.rocksdb.Store.offset_key: its persisted_offset() reads it
_MARK = b"__seerflow\0mark__"  # which changelog this store follows, and when it last did
_RESERVED = frozenset((_OFFSET, _MARK))
_ABSENT = object()
#: RocksDB's properties that cost nothing to ask for: keys, then bytes.
_SIZES = ("estimate-num-keys", "total-sst-files-size", "cur-size-all-mem-tables")
#: What the operating system says of a healthy store that cannot be opened now.
_NOT_CORRUPT = ("no space left", "too many open files", "permission denied", "read-only file system")

log = logging.getLogger(__name__)


class Store(Protocol):
    """What lies below the layers: one partition's cells as of one changelog offset."""

    def get(self, key: bytes) -> bytes | None:
        """Give the stored cell, or None."""

    def scan(self, after: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give the stored cells behind `after`, in key order."""

    def write(self, cells: Mapping[bytes, bytes | None], offset: int) -> None:
        """Store all of it or nothing: cells (None deletes) and the changelog offset that holds them."""

    def offset(self) -> int | None:
        """Give the changelog offset of the last write; None where the store cannot be trusted."""

    def size(self) -> tuple[int, int]:
        """Give how many cells there are and their bytes, both as the store estimates them without looking."""

    def wipe(self) -> None:
        """Begin with nothing."""

    def close(self) -> None:
        """Let go of the files."""


class NoCells:
    """The cells of a stage that keeps nothing."""

    def get(self, key: bytes) -> bytes | None:
        """Refuse."""
        raise TypeError(f"a stage without a changelog has no cells (asked for {len(key)} bytes of key)")

    def put(self, key: bytes, value: bytes | None) -> None:
        """Refuse."""
        raise TypeError(f"a stage without a changelog keeps no cells ({len(key)}, {len(value or b'')} bytes)")

    def scan(self, after: bytes, limit: int) -> Any:
        """Refuse."""
        raise TypeError(
            f"a stage without a changelog has no cells (scan of {limit} behind {len(after)} bytes)"
        )


class LayeredCells:
    """The cells of one owned partition (engine.cells.Cells)."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._fresh: dict[bytes, bytes | None] = {}
        self._open: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """Give the cell, or None."""
        value: Any = self._fresh.get(key, _ABSENT)
        if value is _ABSENT:
            value = self._open.get(key, _ABSENT)
        if value is _ABSENT:
            value = self.store.get(key) if key not in _RESERVED else None
        return value  # type: ignore[no-any-return]  # the sentinel makes it Any

    def put(self, key: bytes, value: bytes | None) -> None:
        """Keep the cell; None forgets it."""
        if key in _RESERVED:
            raise ValueError(f"the key {key!r} is the table's own")
        self._fresh[key] = value

    def scan(self, after: bytes, limit: int) -> Iterator[tuple[bytes, bytes]]:
        """Give up to `limit` cells in key order, beginning behind `after`."""
        over = {**self._open, **self._fresh}
        above = sorted((key, value) for key, value in over.items() if key > after)
        below = (pair for pair in self.store.scan(after) if pair[0] not in over and pair[0] not in _RESERVED)
        merged = heapq.merge(above, below, key=lambda pair: pair[0])
        return itertools.islice(((key, value) for key, value in merged if value is not None), limit)

    def fresh(self) -> Mapping[bytes, bytes | None]:
        """Give what was written since the last keep() or forget()."""
        return self._fresh

    def keep(self) -> None:
        """Let what is fresh belong to the open transaction."""
        if self._fresh:
            self._open.update(self._fresh)
            self._fresh.clear()

    def forget(self) -> None:
        """Undo what is fresh."""
        self._fresh.clear()

    def pending(self) -> Mapping[bytes, bytes | None]:
        """Give what the open transaction has to carry to the changelog."""
        return self._open

    def settle(self, offset: int) -> None:
        """Store what was committed; `offset` is that of its last changelog record."""
        if self._open:
            self.store.write(self._open, offset)
            self._open = {}

    def drop(self) -> None:
        """Undo what the aborted transaction carried."""
        self._fresh.clear()
        self._open.clear()


def size(cells: Iterable[LayeredCells]) -> tuple[int, int]:
    """Give how many cells several partitions have, and their bytes, as their stores estimate them."""
    sizes = [one.store.size() for one in cells]
    return sum(count for count, _ in sizes), sum(size for _, size in sizes)


class RocksStore:
    """One partition of a Faust table's RocksDB store (rocksdict)."""

    def __init__(
        self, table: Any, partition: int, changelog: str, clock: Callable[[], float], stale_seconds: float
    ) -> None:
        self._table = table  # faust.stores.rocksdb.Store
        self._partition = partition
        self._changelog = changelog  # the topic's id: a recreated topic of the same name is another changelog
        self._clock = clock
        self._stale_seconds = stale_seconds
        self._db = self._opened()

    def _opened(self) -> Any:
        """Open the files; begin anew where they are unreadable, since the changelog has all of it."""
        try:
            return self._open()
        except Exception as error:
            text = str(error).lower()
            if "lock" in text:
                raise OutsideError(
                    f"{self._path()} is used by another process: end it, or give this instance its own datadir"
                ) from error
            if any(sign in text for sign in _NOT_CORRUPT):
                raise OutsideError(f"{self._path()} cannot be opened: {error}") from error
            log.warning("a store was unreadable", extra={"path": self._path(), "reason": str(error)[:200]})
        shutil.rmtree(self._path(), ignore_errors=True)
        try:
            return self._open()
        except Exception as error:
            raise OutsideError(f"{self._path()} cannot be opened: {error}") from error

    def _open(self) -> Any:
        return self._table._db_for_partition(self._partition)  # noqa: SLF001 - Faust's only way to open one

    def _path(self) -> str:
        return str(self._table.partition_path(self._partition))

    def get(self, key: bytes) -> bytes | None:
        """Give the stored cell, or None."""
        return self._db.get(key)  # type: ignore[no-any-return]  # rocksdict is untyped

    def scan(self, after: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give the stored cells behind `after`, in key order."""
        return ((key, value) for key, value in self._db.items(from_key=after) if key != after)

    def write(self, cells: Mapping[bytes, bytes | None], offset: int) -> None:
        """Store all of it or nothing."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in cells.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(_OFFSET, str(offset).encode())
        batch.put(_MARK, msgspec.json.encode((self._changelog, self._clock())))
        try:
            self._db.write(batch)
        except Exception as error:
            # A full disk: the log has it, so the worker may end, and restores when it is back.
            raise OutsideError(f"{self._path()} cannot be written: {error}") from error

    def offset(self) -> int | None:
        """Give the changelog offset of the last write; None where there is none, or of another or long past log."""
        mark, offset = self._db.get(_MARK), self._db.get(_OFFSET)
        if mark is None or offset is None:
            return None
        changelog, written = msgspec.json.decode(mark, type=tuple[str, float])
        if changelog != self._changelog or self._clock() - written > self._stale_seconds:
            return None
        return int(offset)

    def size(self) -> tuple[int, int]:
        """Give RocksDB's own estimates: cells (a cell that is written anew may count twice), bytes in files and buffers."""
        keys, *sizes = (self._db.property_int_value(f"rocksdb.{name}") or 0 for name in _SIZES)
        return max(0, keys - len(_RESERVED)), sum(sizes)

    def wipe(self) -> None:
        """Begin with nothing."""
        self.close()
        shutil.rmtree(self._path(), ignore_errors=True)
        self._db = self._opened()

    def close(self) -> None:
        """Let go of the files, now rather than when the garbage collector comes by."""
        db = self._table._dbs.pop(self._partition, None)  # noqa: SLF001 - Faust itself leaves it to the collector
        if db is not None:
            db.close()

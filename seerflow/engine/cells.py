"""Cells: one key's memory, seen as a mapping from bytes to bytes. A dict will do; so will a fenced table."""

from collections.abc import Iterator
from typing import Protocol


class Cells(Protocol):
    """The cells of one partition of one keyed stage."""

    def get(self, key: bytes) -> bytes | None:
        """Give the cell, or None."""

    def put(self, key: bytes, value: bytes | None) -> None:
        """Keep the cell; None forgets it."""

    def scan(self, after: bytes, limit: int) -> Iterator[tuple[bytes, bytes]]:
        """Give up to `limit` cells in key order, beginning behind `after`."""


class DictCells:
    """Cells in a dict: for replay and tests."""

    def __init__(self) -> None:
        self.data: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """Give the cell, or None."""
        return self.data.get(key)

    def put(self, key: bytes, value: bytes | None) -> None:
        """Keep the cell; None forgets it."""
        if value is None:
            self.data.pop(key, None)
        else:
            self.data[key] = value

    def scan(self, after: bytes, limit: int) -> Iterator[tuple[bytes, bytes]]:
        """Give up to `limit` cells in key order, beginning behind `after`."""
        keys = sorted(key for key in self.data if key > after)[:limit]
        return iter([(key, self.data[key]) for key in keys])

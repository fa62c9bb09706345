"""What a worker counts, and the frozen view of it that others read."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct


class Stats(Struct, frozen=True, kw_only=True):
    """One worker's figures at one moment; counts since it started."""

    ready: bool = False  # owns what it was given, restored, and moves
    records_in: int = 0
    records_out: int = 0
    bytes_in: int = 0
    commits: int = 0
    aborts: int = 0
    rebalances: int = 0
    bugs: int = 0
    expired: int = 0  # input records that retention took before they were read
    cells: int = 0  # of the owned partitions, as the stores estimate them
    cells_bytes: int = 0
    cells_written: int = 0
    cells_restored: int = 0
    restore_seconds: float = 0.0
    last_event_time: int = 0  # microseconds: the record timestamp last handled
    positions: Mapping[tuple[str, int], int] = {}  # (topic, partition): next offset
    lag_records: Mapping[tuple[str, int], int] = {}  # (topic, partition): committed records not yet read
    stalled: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class Counters:
    """The counts themselves; written by one thread at a time, read by any."""

    assigned: bool = False
    records_in: int = 0
    records_out: int = 0
    bytes_in: int = 0
    commits: int = 0
    aborts: int = 0
    rebalances: int = 0
    bugs: int = 0
    expired: int = 0
    cells: int = 0
    cells_bytes: int = 0
    cells_written: int = 0
    cells_restored: int = 0
    restore_seconds: float = 0.0
    last_event_time: int = 0

    def view(
        self,
        *,
        ready: bool,
        positions: Mapping[tuple[str, int], int],
        lag: Mapping[tuple[str, int], int],
        stalled: tuple[tuple[str, int], ...],
    ) -> Stats:
        """Give the figures of this moment."""
        counts = {name: getattr(self, name) for name in Counters.__slots__ if name != "assigned"}
        return Stats(ready=ready, positions=positions, lag_records=lag, stalled=stalled, **counts)

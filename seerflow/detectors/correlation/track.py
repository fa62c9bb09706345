"""One correlation's memory of one key: the hits that a verdict can still depend on, in columns.

Law: rows are in the order of (event time, event id), whatever the order of arrival. A row is 37 bytes in a
cell, and columns are read and written without a loop, so a hot key's cell costs about what a cold one's does.
"""

from array import array
from bisect import bisect_left, bisect_right

from msgspec import Struct

#: Bytes of an event's id: 32 hexadecimal digits (model/identity.py).
ID = 16


class Episode(Struct, array_like=True, gc=False):
    """A run of firing hits no more than a timespan apart: one finding."""

    anchor: bytes  # id of the event that began it; the finding's id is made from it
    first: int  # the anchor's time
    last: int  # time of the last firing hit
    count: int  # hits from the anchor to the last firing hit
    tail: int = 0  # hits since then
    revision: int = 0  # of its finding; 0: nothing was said
    told: int = 0  # the count that was said last
    gone: int = 0  # hits of it whose rows were freed
    rooted: bool = False  # some were freed, so its anchor can no longer be derived from rows


class Packed(Struct, array_like=True, gc=False):
    """A track as it lies in a cell. Columns are little-endian, as on every machine that Kafka clients run on."""

    times: bytes
    ids: bytes
    labels: bytes
    fired: bytes
    more: bytes = b""  # empty: all zero
    episodes: list[Episode] = []
    limit: int = 0
    lost: int = 0
    floor: int = 0
    revision: int = 0
    clock: int = 0


_NEW = Packed(b"", b"", b"", b"")


class Track:
    """The working form of `Packed`: rows by index, oldest first."""

    __slots__ = (
        "clock", "episodes", "fired", "floor", "ids", "labels", "limit", "lost", "more", "revision", "times",
    )  # fmt: skip

    def __init__(self, packed: Packed | None = None) -> None:
        p = _NEW if packed is None else packed
        self.times = array("q", p.times)  # event time, microseconds
        self.ids = bytearray(p.ids)  # ID bytes a row
        self.labels = array("Q", p.labels)  # a counted value's hash, or a mask of the rules that matched
        self.fired = bytearray(p.fired)  # 1: the window that ends at this row satisfies the condition
        # hits between this row and the next whose rows were thinned out
        self.more = array("I", p.more or bytes(4 * len(self.times)))
        self.episodes: list[Episode] = [] if packed is None else p.episodes
        self.limit = p.limit  # number of rows at which to thin out next
        self.lost = p.lost  # hits set aside by the bound on rows
        self.floor = p.floor  # late hits up to here may meet a window with rows missing
        self.revision = (
            p.revision
        )  # the highest that was retracted: a finding that comes back goes on from it
        self.clock = p.clock  # the latest tick: silence up to here is known

    def packed(self) -> Packed:
        """Give the form that lies in a cell."""
        more = self.more.tobytes()
        return Packed(
            self.times.tobytes(),
            bytes(self.ids),
            self.labels.tobytes(),
            bytes(self.fired),
            more.strip(b"\0") and more,
            self.episodes,
            self.limit,
            self.lost,
            self.floor,
            self.revision,
            self.clock,
        )

    def __len__(self) -> int:
        return len(self.times)

    def id_at(self, row: int) -> bytes:
        """Give the id of the row's event."""
        return bytes(self.ids[ID * row : ID * row + ID])

    def place(self, row: int) -> tuple[int, bytes]:
        """Give the row's place in the order."""
        return self.times[row], self.id_at(row)

    def find(self, time: int, event: bytes) -> int:
        """Give the first row that is not before (time, event); may be one past the end."""
        low, high = bisect_left(self.times, time), bisect_right(self.times, time)
        while low < high:
            middle = (low + high) // 2
            if self.id_at(middle) < event:
                low = middle + 1
            else:
                high = middle
        return low

    def holds(self, row: int, time: int, event: bytes) -> bool:
        """Say whether the row is that event's."""
        return row < len(self.times) and self.times[row] == time and self.id_at(row) == event

    def append(self, time: int, event: bytes, label: int) -> None:
        """Add a row that is later than all others, not judged yet."""
        self.times.append(time)
        self.ids += event
        self.labels.append(label)
        self.fired.append(0)
        self.more.append(0)

    def insert(self, row: int, time: int, event: bytes, label: int) -> None:
        """Add a row at its place, not judged yet."""
        self.times.insert(row, time)
        self.ids[ID * row : ID * row] = event
        self.labels.insert(row, label)
        self.fired.insert(row, 0)
        self.more.insert(row, 0)

    def remove(self, row: int) -> None:
        """Take a row out."""
        del self.times[row], self.labels[row], self.fired[row], self.more[row]
        del self.ids[ID * row : ID * row + ID]

    def weight(self, first: int, last: int) -> int:
        """Count the hits of the rows `first` to `last`, both included, and of those thinned out between."""
        return last - first + 1 + sum(self.more[first:last])

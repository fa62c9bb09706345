"""Where each owned input partition stands.

Law: a partition's position only moves over a record that was handled, and only forwards; it goes back to what is
committed as a whole, with all that was done since. A record below the position came already and is refused.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Place(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Positions:
    """The next offset of each owned partition, and how much of it is committed."""

    def __init__(self) -> None:
        self.next: dict[Place, int] = {}
        self.committed: dict[Place, int] = {}
        #: How far the log was seen: as `next`, but also past markers and aborted records, which no one is handed.
        self.reached: dict[Place, int] = {}

    def own(self, starts: Mapping[Place, int]) -> None:
        """Begin at these offsets, which are the committed ones."""
        for each in (self.next, self.committed, self.reached):
            each.update(starts)

    def drop(self, places: Iterable[Place]) -> None:
        """Forget partitions that are no longer ours."""
        for place in places:
            for each in (self.next, self.committed, self.reached):
                each.pop(place, None)

    def wants(self, place: Place, offset: int) -> bool:
        """Tell whether a record is ours and has not been handled since the last commit."""
        due = self.next.get(place)
        return due is not None and offset >= due

    def handled(self, place: Place, offset: int) -> None:
        """Move behind a record."""
        self.next[place] = offset + 1
        if self.reached[place] <= offset:
            self.reached[place] = offset + 1

    def seen_end(self, place: Place, offset: int) -> None:
        """Note that the broker has nothing for us below this offset."""
        if place in self.reached:
            self.reached[place] = max(self.reached[place], offset)

    def settle(self, offsets: Mapping[Place, int]) -> None:
        """Take these offsets as committed."""
        self.committed.update({place: offset for place, offset in offsets.items() if place in self.committed})

    def rewind(self) -> dict[Place, int]:
        """Go back to what is committed, and give it."""
        self.next = dict(self.committed)
        self.reached = dict(self.committed)
        return dict(self.committed)

    def of(self, partition: int) -> dict[Place, int]:
        """Give the positions of this partition in every input that we own."""
        return {place: offset for place, offset in self.next.items() if place.partition == partition}

    def partitions(self) -> set[int]:
        """Give the partition numbers of which we own something."""
        return {place.partition for place in self.next}

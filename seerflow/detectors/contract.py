"""What every detector is: one of the first two shapes below. tests/contracts/test_detectors.py holds all of them to it.

A stateless detector reads an event and gives findings, and hits for the cells of keyed ones. A keyed detector
shows one hit to one cell. Neither has a clock, changes the event, or remembers anything but its cell.
"""

from typing import Protocol, runtime_checkable

from msgspec import Struct

from seerflow.model.event import Event
from seerflow.model.finding import Finding, Hit


class Seen(Struct, frozen=True):
    """What a stateless detector gives for one event."""

    findings: tuple[Finding, ...] = ()
    hits: tuple[tuple[str, Hit], ...] = ()  # (name of the keyed detector, hit)


class Stateless(Protocol):
    """Looks at one event at a time."""

    name: str

    def on_event(self, event: Event) -> Seen:
        """Say what this event shows by itself, and which cells must see it."""


class Keyed(Protocol):
    """Looks at one hit beside what its key's cell remembers. Cells are bytes, the first byte is their version."""

    name: str

    def on_hit(self, hit: Hit, cell: bytes | None) -> tuple[bytes | None, tuple[Finding, ...]]:
        """Give the cell as it is now (None: forget it) and the findings this hit makes, amends or retracts."""

    def on_tick(self, cell: bytes, watermark: int) -> bytes | None:
        """Free what event time `watermark` (microseconds) made useless. Never changes a later verdict."""


@runtime_checkable
class Timed(Protocol):
    """A keyed detector that time itself can make speak: something did not happen."""

    timed: bool  # whether any of its rules waits

    def due(self, cell: bytes) -> int:
        """Give the event time (microseconds) that the cell waits for; 0: it waits for nothing."""

    def on_time(self, cell: bytes, watermark: int) -> tuple[bytes | None, tuple[Finding, ...]]:
        """Give the cell as it is now, and what it means that event time has come to `watermark`.

        A later hit from before it amends or retracts what was said.
        """

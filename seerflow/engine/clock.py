"""Event time: how far it has come, told by what was seen and never by a wall clock.

A keyed partition is fed by many partitions of the stage before it, each in its own order. The watermark is
the least of what they have reached. A feeder that has been silent for `idle` of *transport* time (the Kafka
records' own stamps) no longer holds it back; so nothing is known before that much of it was seen, since whoever
has just taken a partition may not have heard of the slowest feeder yet. A log that claims to come from the future
cannot push event time beyond the transport's. The watermark frees memory; no verdict depends on it.
"""

from collections.abc import Mapping

#: A feeder that sent nothing for this long does not hold event time back (microseconds).
IDLE = 60_000_000


class Watermark:
    """How far event time has come in one keyed partition."""

    def __init__(self, idle: int = IDLE) -> None:
        self._idle = idle
        self._reached: dict[str, tuple[int, int]] = {}  # feeder -> (event time, transport time)
        self._began: int | None = None
        self._now = 0

    def observe(self, feeder: str, time: int, transport: int) -> None:
        """Note that a feeder has come to event time `time`, in a record stamped `transport`."""
        self._began = transport if self._began is None else self._began
        self._now = max(self._now, transport)
        bounded = min(time, transport) if transport else time
        before, _ = self._reached.get(feeder, (bounded, 0))
        self._reached[feeder] = (max(before, bounded), self._now)

    def value(self) -> int:
        """Give the event time that all live feeders have reached; 0 while nothing is known."""
        if self._began is None or self._now - self._began <= self._idle:
            return 0
        live = [time for time, heard in self._reached.values() if self._now - heard <= self._idle]
        return min(live, default=0)

    @property
    def feeders(self) -> Mapping[str, tuple[int, int]]:
        """Each feeder's event time and when it was last heard, for metrics."""
        return self._reached

"""Readings into events, and raw logs that gave none into rejected ones."""

from seerflow.model.event import Event
from seerflow.model.identity import event_id
from seerflow.model.log import RawLog, Rejected
from seerflow.parsers.contract import Reading
from seerflow.parsers.decoding import KEPT_BYTES
from seerflow.parsers.shape import address, complete
from seerflow.parsers.timestamps import bounded

#: A clock that is so far ahead of the arrival, an hour in microseconds, is wrong, or its zone is.
AHEAD = 3_600_000_000


def event(raw: RawLog, reading: Reading, text: str, flags: tuple[str, ...], part: int) -> Event:
    """Give the event of the `part`-th reading of a raw log."""
    common = reading.common
    complete(common)
    if raw.peer and "host.name" not in common and "host.ip" not in common and (peer := address(raw.peer)):
        common["host.ip"] = peer
    time, flags = reading.time, flags + reading.flags
    if raw.cut and "truncated" not in flags:
        flags = (*flags, "truncated")
    if time is None:
        time, flags = bounded(raw.received) or 0, (*flags, "time_assumed")
    elif time > raw.received + AHEAD > AHEAD:
        flags += ("time_ahead",)  # kept as it is told; the watermark (engine/clock.py) does not follow it
    origin = raw.origin
    return Event(
        id=event_id(origin, part),
        origin=origin,
        time=time,
        received=raw.received,
        source=raw.source,
        parser=reading.parser,
        common=common,
        native=reading.native,
        text=text if reading.text is None else reading.text,
        flags=flags,
    )


def rejected(raw: RawLog, reason: str, detail: str) -> Rejected:
    """Set the raw log aside with a reason of REASONS."""
    kept = raw.raw[:KEPT_BYTES] if reason == "too_long" else raw.raw
    return Rejected(
        origin=raw.origin,
        raw=kept,
        stage="parse",
        reason=reason,
        detail=detail,
        source=raw.source,
        received=raw.received,
    )


def own(reading: Reading) -> Reading:
    """Give the reading with a common view of its own."""
    # Repeated messages share a reading; an event's views are its own.
    return Reading(
        common=dict(reading.common),
        native=reading.native,
        time=reading.time,
        flags=reading.flags,
        text=reading.text,
        parser=reading.parser,
    )

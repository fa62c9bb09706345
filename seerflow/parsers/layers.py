"""A frame and what is inside of it become one reading."""

from seerflow.parsers.contract import Frame, Parser, Reading
from seerflow.parsers.unknown import CONFIDENCE, plain_text


def surround(outer: Reading, inner: Reading) -> Reading:
    """Add to a reading what the frame around it says; give it."""
    # Both views may be shared with other readings of the same frame: they are made anew, not changed.
    inner.common = {**outer.common, **inner.common}
    if outer.native:
        inner.native = {**outer.native, **inner.native}
    _stamped(outer, inner)
    inner.text = outer.text
    return inner


def _stamped(outer: Reading, inner: Reading) -> None:
    # The inner stamp is nearer to what happened, unless its year is a guess and the outer one's is not.
    guessed = "year_assumed" in inner.flags and outer.time is not None and "year_assumed" not in outer.flags
    inside = inner.time is not None and not guessed
    dropped, kept = (outer.flags, inner.flags) if inside else (inner.flags, outer.flags)
    if not inside:
        inner.time = outer.time
    if dropped:
        kept = (*(flag for flag in dropped if flag != "year_assumed"), *kept)
    inner.flags = kept


def outer_only(parser: Parser, frame: Frame) -> Reading:
    """Give what the frame says, and what is plain in a payload that no parser knows."""
    reading = frame.reading
    common, native, head = plain_text(frame.payload)
    reading.common = {**common, **reading.common}
    reading.common.setdefault("event.dataset", parser.name)
    if native:
        reading.native = {**native, **reading.native}
    if CONFIDENCE in native:
        reading.flags += ("inferred",)
    if reading.time is None and not head.assumed:
        reading.time = head.time
    reading.parser = parser.title
    return reading

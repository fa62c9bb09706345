"""Spans of time as Sigma writes them: a count and a unit, `15m`."""

import re

from seerflow.rules.problem import UnreadableError

#: Microseconds of each unit; a month and a year are means of the Gregorian calendar, as in pySigma.
UNITS = {
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
    "M": 2_629_746_000_000,
    "y": 31_556_952_000_000,
}

_SPAN = re.compile(r"([0-9]{1,9})([smhdwMy])")


def microseconds(text: object) -> int:
    """Read a span; raise UnreadableError for anything else, and for nothing at all."""
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None or int(found[1]) == 0:
        raise UnreadableError(
            f"'{text}' is no timespan", "write a number and one of s, m, h, d, w, M, y: 15m", str(text)
        )
    return int(found[1]) * UNITS[found[2]]

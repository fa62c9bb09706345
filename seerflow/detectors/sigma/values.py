"""The values of an event as Sigma compares them: texts, whatever the source made of them. Bounded.

Booleans read `true` and `false`, numbers have no `.0`, null is no value; of a list, each element counts.
"""

from collections.abc import Iterator
from typing import Any

MAX_ELEMENTS = 1_000  # of one list; more are not looked at
MAX_DEPTH = 8  # of lists and mappings within each other

_WHOLE = 2.0**53  # beyond it not every whole number is a float


def text(value: Any) -> str | None:
    """Give one scalar as text; None for null; lists and mappings as Python shows them."""
    kind = value.__class__
    if kind is str:
        return value  # type: ignore[no-any-return]  # its class was just asked for
    if value is None:
        return None
    if kind is bool:
        return "true" if value else "false"
    if kind is float and value.is_integer() and abs(value) <= _WHOLE:
        return str(int(value))
    try:
        return str(value)
    except ValueError:  # an int of more than 4,300 digits
        return hex(value)


def texts(value: Any) -> str | tuple[str, ...] | None:
    """Give a value as one text, or, of a list or mapping, the texts of its leaves."""
    if value.__class__ is str:
        return value
    if isinstance(value, list | tuple | dict):
        return tuple(_leaves(value))
    return text(value)


def _leaves(value: Any) -> Iterator[str]:
    # Breadth is bounded, not recursion alone: a list of a million lists costs what its first thousand cost.
    waiting: list[tuple[Any, int]] = [(value, 0)]
    seen = 0
    while waiting and seen < MAX_ELEMENTS:
        one, depth = waiting.pop()
        seen += 1
        if isinstance(one, list | tuple | dict):
            inner = one.values() if isinstance(one, dict) else one
            room = MAX_ELEMENTS - seen if depth < MAX_DEPTH else 0
            nested = [(item, depth + 1) for item, _ in zip(inner, range(room), strict=False)]
            waiting += reversed(nested)
        elif one is not None:
            yield text(one) or ""


def fold(value: str) -> str:
    """Give the form in which texts are equal whatever their case.

    Case folding is defined character by character, unlike lower-casing, which looks at neighbours (Greek
    sigma): so if a text contains another, their folded forms do as well, on which the index relies.
    """
    return value.casefold()

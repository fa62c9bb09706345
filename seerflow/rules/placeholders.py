"""Placeholders (`%name%` under Sigma's `expand`): filled from the operator's value lists, or named as missing."""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from sigma.types import Placeholder, SigmaString, SpecialChars

from seerflow.rules.problem import UnreadableError

#: Placeholder name -> the values that stand for it, any of which may match; wildcards are honoured.
Values = Mapping[str, Sequence[str]]

MAX_EXPANDED = 10_000


def filled(parts: Sequence[Any], values: Values, *, quote: bool = False) -> list[list[Any]]:
    """Give the parts of a Sigma string with its placeholders filled: one list for each combination.

    With `quote`, the string is a regular expression, in which values stand for themselves.
    """
    missing = [part.name for part in parts if isinstance(part, Placeholder) and not values.get(part.name)]
    if missing:
        raise UnreadableError(
            f"placeholder %{missing[0]}% has no values",
            f"give a value list named {missing[0]}",
            f"%{missing[0]}%",
        )
    choices = [_choices(part, values, quote=quote) for part in parts]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MAX_EXPANDED:
        raise UnreadableError(f"its placeholders expand to more than {MAX_EXPANDED} values")
    return [_merged([one for piece in pieces for one in piece]) for pieces in product(*choices)]


def _choices(part: Any, values: Values, *, quote: bool) -> list[list[Any]]:
    if not isinstance(part, Placeholder):
        return [[part]]
    if quote:
        return [[re.escape(value)] for value in values[part.name]]
    return [list(SigmaString(value).s) for value in values[part.name]]


def _merged(parts: Sequence[Any]) -> list[Any]:
    joined: list[Any] = []
    for part in parts:
        if joined and not isinstance(part, SpecialChars) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined

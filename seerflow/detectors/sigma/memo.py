"""What rules said of values seen before: most events differ in nothing that a rule for their log source reads.

Law: the rules that match are a function of the event's shape and of the values of the fields that the rules of its
group read. Only texts, whole numbers and nothing are remembered: of other kinds, unequal values may be equal keys.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from seerflow.detectors.sigma.view import Shape
from seerflow.rules.condition import ANY_FIELD, fields, tests
from seerflow.rules.sigma import SigmaRule

MOST_FIELDS = 16  # that rules of a group read: beyond it hardly an event is like another
LONGEST_KEY = 2_048  # characters of all values of an event that is remembered
#: An event that was not remembered costs a point, one that was wins one; at none the shape is not looked up for a
#: while. A shape begins with the middle one.
LEAST_LUCK, FIRST_LUCK, MOST_LUCK = -4_096, 64, 256

_SCALARS = frozenset({str, int, type(None)})

Key = tuple[Any, ...]


def read_by(rules: Iterable[SigmaRule]) -> tuple[str, ...] | None:
    """Give the fields on whose values those rules depend; None if there are too many, or all."""
    names: dict[str, None] = {}
    for rule in rules:
        if any(test.field == ANY_FIELD for test in tests(rule.condition)):
            return None
        names |= dict.fromkeys(fields(rule.condition))
    return tuple(names) if len(names) <= MOST_FIELDS else None


class Memo:
    """How to find again an event of one shape, in one group of rules."""

    __slots__ = ("common", "luck", "native", "number")

    def __init__(self, shape: Shape, names: Iterable[str]) -> None:
        sources = [shape.source(name) for name in names]
        self.native = tuple({name: None for source in sources for name in source.native})
        self.common = tuple({name: None for source in sources for name in source.common})
        self.number = shape.number
        self.luck = FIRST_LUCK

    def key(self, native: Mapping[str, Any], common: Mapping[str, Any]) -> Key | None:
        """Give what an event is found by; None if it is not worth a look, or of values that are no scalars."""
        if self.luck <= 0:
            self.luck = self.luck - 1 if self.luck > LEAST_LUCK else FIRST_LUCK
            return None
        values = (*map(native.__getitem__, self.native), *map(common.get, self.common))
        return (self.number, *values) if _SCALARS.issuperset(map(type, values)) else None

    def won(self) -> None:
        """Note that an event was found."""
        if self.luck < MOST_LUCK:
            self.luck += 1

    def lost(self, key: Key) -> int:
        """Note that an event was not found. Give what it costs to keep it, in bytes; 0: it is too long."""
        self.luck -= 1
        size = sum([len(value) for value in key if value.__class__ is str])
        return size + 200 + 16 * len(key) if size <= LONGEST_KEY else 0

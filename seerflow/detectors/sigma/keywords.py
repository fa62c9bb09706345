"""What keywords find in the values of an event that no field's automaton looks at anyway: all in one look."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from seerflow.detectors.sigma.fieldindex import NUMERIC, FieldIndex
from seerflow.detectors.sigma.values import texts
from seerflow.detectors.sigma.witness import BEGIN, END

_BETWEEN = END + BEGIN
_NOTHING = frozenset({type(None)})

Get = Callable[[Mapping[str, Any]], Sequence[Any]]


class Keywords:
    """The keywords of a group's rules."""

    __slots__ = ("index", "passed")

    def __init__(self, index: FieldIndex, literals: Iterable[str]) -> None:
        self.index = index
        # No keyword but a number is in a number.
        self.passed = _NOTHING if any(NUMERIC.fullmatch(one) for one in literals if one) else _NOTHING | {int}


class Rest:
    """The names of one shape that only keywords search: those that held text when it was met, and the others."""

    __slots__ = ("keywords", "others", "texts")

    def __init__(self, keywords: Keywords, names: Sequence[str], native: Mapping[str, Any]) -> None:
        spoken = {name for name in names if native[name].__class__ is str}
        self.keywords = keywords
        self.texts = _getter([name for name in names if name in spoken])
        self.others = _getter([name for name in names if name not in spoken])

    def mask(self, native: Mapping[str, Any], common: Mapping[str, Any], original: str) -> int:
        """Give the mask of the keywords in these values and in the message; of the original if there is no value."""
        passed, index = self.keywords.passed, self.keywords.index
        others = [one for one in self.others(native) if one.__class__ not in passed]
        message = common.get("message")
        if message is not None:
            others.append(message)
        try:
            joined = _BETWEEN.join(self.texts(native))
        except TypeError:  # what was text in the first event of this shape is something else in this one
            joined = _BETWEEN.join(one for value in self.texts(native) for one in _listed(value))
        if others:
            joined = _BETWEEN.join((joined, *(one for value in others for one in _listed(value))))
        elif not joined and all(value is None for value in native.values()):
            joined = original
        return index.exists | index.of(joined)


def _listed(value: Any) -> tuple[str, ...]:
    one = texts(value)
    return (one,) if isinstance(one, str) else one or ()


def _getter(names: Sequence[str]) -> Get:
    if len(names) > 1:
        return itemgetter(*names)  # all values in one call, without a loop
    return (lambda native: (native[names[0]],)) if names else lambda _: ()

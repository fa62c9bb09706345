"""How much work a pattern can make for a matcher that tries again: so that the quick one is used where it is safe.

The standard library's matcher is some times quicker than RE2, and backtracks. It cannot where each repeat ends at a
character that it could not have taken, and each choice is made by the next character. What is left over multiplies:
`degree` counts the places that may be tried at every character of the text, `ways` the others.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from re import _constants as ops  # type: ignore[attr-defined]  # the only parser of patterns there is
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from typing import Any

from msgspec import Struct

Characters = frozenset[int]
#: Latin-1, and one for all others.
_ALL: Characters = frozenset(range(257))
_NOTHING: Characters = frozenset()
_FEW = 8  # a group that repeats more often may not hold anything that repeats
_UNLIKE = re.compile(
    r"\[\[:|\\[pPQCz]|\(\?[a-zA-Z]+[:)]|\(\?<?[=!]"
)  # what RE2 reads otherwise, or not at all


class Effort(Struct, frozen=True):
    """The work of a pattern on n characters: n to the power of `degree` + 1, times `ways`."""

    degree: int
    ways: int


class _UnknownError(Exception):
    """A part of a pattern that is not judged here."""


@lru_cache(maxsize=64)
def _class(escape: str) -> Characters:
    match = re.compile(escape, re.ASCII).match
    found = frozenset(code for code in range(256) if match(chr(code)))
    return found | {256} if escape[1].isupper() else found


_CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}


def _code(character: int) -> int:
    return min(character, 256)


def _one_of(items: Sequence[tuple[Any, Any]]) -> Characters:
    found: set[int] = set()
    negated = False
    for op, argument in items:
        if op is ops.NEGATE:
            negated = True
        elif op is ops.LITERAL:
            found.add(_code(argument))
        elif op is ops.RANGE:
            found.update(range(_code(argument[0]), _code(argument[1]) + 1))
        elif op is ops.CATEGORY and argument in _CATEGORIES:
            found |= _class(_CATEGORIES[argument])
        else:
            raise _UnknownError
    if not negated:
        return frozenset(found)
    return (_ALL - found) | {256}


def _characters(op: Any, argument: Any) -> Characters | None:
    """Give the characters that one place takes; None if it is none of one character."""
    if op is ops.LITERAL:
        return frozenset({_code(argument)})
    if op is ops.NOT_LITERAL:
        return (_ALL - {_code(argument)}) | {256}
    if op is ops.ANY:
        return _ALL
    if op is ops.IN:
        return _one_of(argument)
    return None


class _Judge:
    """Walks a pattern from its end to its beginning: what may follow is known when a repeat is met."""

    def __init__(self) -> None:
        self.degree = 0
        self.ways = 1

    def sequence(self, items: Iterable[tuple[Any, Any]], follow: Characters, *, repeated: bool) -> Characters:
        """Judge a sequence; give the characters that it may begin with, those of `follow` if it may be empty."""
        for op, argument in reversed(list(items)):
            follow = self._item(op, argument, follow, repeated=repeated)
        return follow

    def _item(self, op: Any, argument: Any, follow: Characters, *, repeated: bool) -> Characters:
        if (own := _characters(op, argument)) is not None:
            return own
        if op is ops.AT:
            return follow
        if op is ops.SUBPATTERN:
            if argument[1] or argument[2]:
                raise _UnknownError
            return self.sequence(argument[3], follow, repeated=repeated)
        if op is ops.BRANCH:
            return self._branch(argument[1], follow, repeated=repeated)
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            return self._repeat(argument, follow, repeated=repeated)
        raise _UnknownError

    def _branch(self, choices: Any, follow: Characters, *, repeated: bool) -> Characters:
        seen: Characters = _NOTHING
        overlapping = 1
        for choice in choices:
            begins = self.sequence(choice, follow, repeated=repeated)
            overlapping += bool(begins & seen)
            seen |= begins
        self.ways *= overlapping
        return seen

    def _repeat(self, argument: Any, follow: Characters, *, repeated: bool) -> Characters:
        least, most, items = argument
        bounded = most is not ops.MAXREPEAT and most <= _FEW
        single = _characters(*items[0]) if len(items) == 1 else None
        if single is not None and not bounded:
            if repeated:
                raise _UnknownError
            self.degree += bool(single & follow)
            return single if least else single | follow
        if not bounded:
            raise _UnknownError
        begins = single if single is not None else self._group(items, most, follow, repeated=repeated)
        if begins & follow and most > least:
            self.ways *= 1 + most - least
        return begins if least else begins | follow

    def _group(self, items: Any, most: int, follow: Characters, *, repeated: bool) -> Characters:
        """Judge a group that stands several times: what may follow is also its own beginning."""
        again = _Judge().sequence(items, follow, repeated=repeated) if most > 1 else _NOTHING
        inner = _Judge()
        begins = inner.sequence(items, follow | again, repeated=repeated)
        self.degree += inner.degree * most
        self.ways *= inner.ways**most
        return begins


def effort(pattern: str) -> Effort | None:
    """Give the work that a search for the pattern can make; None where it is not known to be small."""
    if _UNLIKE.search(pattern):
        return None
    judge = _Judge()
    try:
        tree = list(parser.parse(pattern, re.ASCII))
        judge.sequence(tree, _NOTHING, repeated=False)
    except (_UnknownError, re.error, RecursionError, OverflowError):
        return None
    anchored = (
        bool(tree) and tree[0][0] is ops.AT and tree[0][1] in (ops.AT_BEGINNING, ops.AT_BEGINNING_STRING)
    )
    return Effort(judge.degree + (not anchored), judge.ways)

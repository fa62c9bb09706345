"""Regular expressions that nobody can hang: RE2's, which is linear, on a bounded piece of text.

Where a pattern cannot make the standard library's matcher try again (effort.py), that one, which is quicker, is used.
Reference: https://github.com/google/re2/wiki/Syntax
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import re2

from seerflow.parsers.described.effort import effort

#: Longer texts are looked at up to here.
SEARCHED = 8_192
#: Up to this many characters a pattern may be tried at each of them.
_SHORT = 1_024
#: By the degree of the work.
_MOST_WAYS = (64, 4)
Captured = dict[str, str]
#: A text -> the whole match and its groups, or None.
Find = Callable[[str], tuple[str | None, ...] | None]


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 4 << 20
    return options


_OPTIONS = _options()


@lru_cache(maxsize=4096)
def expression(pattern: str) -> Any:
    """Compile a pattern. Raises ValueError with what is wrong with it."""
    try:
        return re2.compile(pattern.encode(), _OPTIONS)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        plain = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(plain) from error


def _linear(pattern: str, *, anchored: bool) -> Find:
    compiled = expression(pattern)
    look = compiled.match if anchored else compiled.search
    numbers = range(compiled.groups + 1)

    def find(text: str) -> tuple[str | None, ...] | None:
        encoded = text.encode("utf-8", "replace")
        match = look(encoded)
        if match is None:
            return None
        spans = [match.span(number) for number in numbers]
        return tuple(
            None if start < 0 else encoded[start:end].decode("utf-8", "replace") for start, end in spans
        )

    return find


def _quick(pattern: str, *, anchored: bool) -> Find:
    compiled = re.compile(pattern, re.ASCII)
    look = compiled.match if anchored else compiled.search

    def find(text: str) -> tuple[str | None, ...] | None:
        match = look(text)
        return None if match is None else (match[0], *match.groups())

    return find


def _finder(pattern: str, *, anchored: bool) -> Find:
    work = effort(f"^(?:{pattern})" if anchored else pattern)
    linear = _linear(pattern, anchored=anchored)
    if work is None or work.degree > 1 or work.ways > _MOST_WAYS[work.degree]:
        return lambda text: linear(text[:SEARCHED])
    quick = _quick(pattern, anchored=anchored)
    longest = SEARCHED if work.degree == 0 else _SHORT
    return lambda text: quick(text) if len(text) <= longest else linear(text[:SEARCHED])


def finding(pattern: str, *, anchored: bool = False) -> Find:
    """Give what finds the pattern in a text, or at its beginning; it is compiled at its first use."""
    made: list[Find] = []

    def find(text: str) -> tuple[str | None, ...] | None:
        if not made:
            made.append(_finder(pattern, anchored=anchored))
        return made[0](text)

    return find


def name_of(group: str) -> str:
    """Give the field that a group's name means: `source__address` is `source.address`."""
    return group.replace("__", ".")


def _groups(pattern: str) -> list[tuple[str, int]]:
    return [(name_of(name.decode()), number) for name, number in expression(pattern).groupindex.items()]


def names(pattern: str) -> list[str]:
    """Give the fields that a pattern captures. Raises ValueError as `expression` does."""
    return [name for name, _ in _groups(pattern)]


def capturing(pattern: str) -> Callable[[str], Captured | None]:
    """Give a function that captures a text's pieces by name, None where the pattern is not found."""
    find = finding(pattern)
    groups = _groups(pattern)

    def capture(text: str) -> Captured | None:
        found = find(text)
        if found is None:
            return None
        return {name: value for name, number in groups if (value := found[number]) is not None}

    return capture

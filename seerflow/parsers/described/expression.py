"""Regular expressions that nobody can hang: RE2, which is linear, on a bounded piece of text.

Reference: https://github.com/google/re2/wiki/Syntax
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import re2

#: Longer texts are looked at up to here.
SEARCHED = 8_192
Captured = dict[str, str]


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
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        raise ValueError(_plain(error)) from error


def _plain(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _clean(text: str) -> str:
    """Give the text without half surrogate pairs, which no UTF-8 holds."""
    return text.encode("utf-8", "replace").decode()


def lazily(pattern: str, method: str) -> Callable[[str], Any]:
    """Give the pattern's `match` or `search` on the beginning of a text; it is compiled at its first use."""
    call: list[Callable[[str], Any]] = []

    def ask(text: str) -> Any:
        if not call:
            call.append(getattr(expression(pattern), method))
        head = text[:SEARCHED] if len(text) > SEARCHED else text
        try:
            return call[0](head)
        except UnicodeEncodeError:
            return call[0](_clean(head))

    return ask


def name_of(group: str) -> str:
    """Give the field that a group's name means: `source__address` is `source.address`."""
    return group.replace("__", ".")


def names(pattern: str) -> list[str]:
    """Give the fields that a pattern captures. Raises ValueError as `expression` does."""
    return [name_of(group) for group in expression(pattern).groupindex]


def capturing(pattern: str) -> Callable[[str], Captured | None]:
    """Give a function that captures a text's pieces by name, None where the pattern is not found."""
    search = lazily(pattern, "search")

    def capture(text: str) -> Captured | None:
        match = search(text)
        if match is None:
            return None
        return {name_of(name): value for name, value in match.groupdict().items() if value is not None}

    return capture

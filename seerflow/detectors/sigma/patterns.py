"""Regular expressions that nobody can hang: RE2, which is linear, and what each must contain to be found.

RE2 unrolls counted repeats, and takes milliseconds on `.{1000,}`; the standard library is quick there and, with a
single quantifier in the pattern and the value cut at MAX_COUNTED characters, bounded as well.
Reference: https://github.com/google/re2/wiki/Syntax
"""

import re
from collections.abc import Callable, Iterable
from re import _parser as parser  # type: ignore[attr-defined]  # the only parser of patterns there is
from typing import Any

import re2

MAX_COUNTED = 32_768

_COUNTED = re.compile(r"\{\d{3,}")
_QUANTIFIER = re.compile(r"(?<!\\)(?:[*+?|]|\{\d)")
#: What RE2 and the standard library read differently: classes like [[:alpha:]].
_POSIX = re.compile(r"\[[:=.]")

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}


def searcher(pattern: str, flags: str) -> Callable[[str], bool]:
    """Give a function that says whether the pattern is found in a value. Raises ValueError for none of RE2's."""
    if _COUNTED.search(pattern) and len(_QUANTIFIER.findall(pattern)) == 1:
        counted = re.compile(pattern, _bits(flags) | re.ASCII)
        return lambda value: counted.search(value, 0, MAX_COUNTED) is not None
    try:
        compiled = re2.compile(f"(?{flags}){pattern}" if flags else pattern, _OPTIONS)
    except re2.error as error:
        raise ValueError(str(error)) from error
    search = compiled.search

    def found(value: str) -> bool:
        try:
            return search(value) is not None
        except UnicodeEncodeError:  # half a surrogate pair, which no UTF-8 holds
            return search(value.encode("utf-8", "replace").decode()) is not None

    return found


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


_OPTIONS = _options()


def _bits(flags: str) -> int:
    bits = 0
    for flag in flags:
        bits |= _FLAGS[flag]
    return bits


def literals(pattern: str) -> list[str]:
    """Give texts that every value in which the pattern is found contains, case aside; none is always right."""
    if _POSIX.search(pattern):
        return []
    try:
        tree = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return []
    found: list[str] = []
    _collect(tree, found)
    return [one for one in found if one]


def _collect(items: Iterable[tuple[Any, Any]], found: list[str]) -> None:
    run = ""
    for op, argument in items:
        name = str(op)
        if name == "LITERAL":
            run += chr(argument)
            continue
        found.append(run)
        run = ""
        if name == "SUBPATTERN" and not argument[1]:  # (group, flags set, flags cleared, items)
            _collect(argument[3], found)
        elif name in {"MAX_REPEAT", "MIN_REPEAT"} and argument[0] >= 1:  # (least, most, items)
            _collect(argument[2], found)
    found.append(run)

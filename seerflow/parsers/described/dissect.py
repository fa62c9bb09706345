"""Dissect patterns: literals around `%{names}`. Compiled to a chain of `str.find`: linear, no backtracking.

`%{name}` takes what stands before the next literal, the last one the rest; `%{?name}` and `%{}` take it and forget
it; `%{name->}` also swallows repeats of the literal behind it; `%{+name}` appends to what `%{name}` took, with the
literal that stood between them. Reference: https://www.elastic.co/guide/en/logstash/current/plugins-filters-dissect.html
"""

import re
from collections.abc import Callable

Captured = dict[str, str]
Dissector = Callable[[str], Captured | None]

_KEY = re.compile(r"%\{(\+|\?)?([^{}]{0,128}?)(->)?\}")


def names(pattern: str) -> list[str]:
    """Give the names that a pattern captures."""
    return [name for sign, name, _ in _KEY.findall(pattern) if sign != "?" and name]


def compiled(pattern: str) -> Dissector:
    """Compile a pattern. Raises ValueError with what is wrong with it."""
    lead, steps = _parts(pattern)
    before = len(lead)

    def dissect(text: str) -> Captured | None:
        if not text.startswith(lead):
            return None
        found: Captured = {}
        at, between = before, ""
        for kind, name, padded, literal in steps:
            end = text.find(literal, at) if literal else len(text)  # only the last has no literal behind it
            if end < 0:
                return None
            if kind != "?":
                _take(found, kind, name, text[at:end], between)
            at = end + len(literal)
            if padded:
                at = _past(text, at, literal)
            between = literal
        return found

    return dissect


def _take(found: Captured, kind: str, name: str, value: str, between: str) -> None:
    found[name] = found[name] + between + value if kind and name in found else value


def _past(text: str, at: int, literal: str) -> int:
    while text.startswith(literal, at):
        at += len(literal)
    return at


def _parts(pattern: str) -> tuple[str, tuple[tuple[str, str, bool, str], ...]]:
    """Give the literal before the first name; of each name its kind, itself, whether it is padded, what follows."""
    matches = list(_KEY.finditer(pattern))
    if not matches:
        raise ValueError("has no %{name}")
    keys = []
    for index, match in enumerate(matches):
        end = matches[index + 1].start() if index + 1 < len(matches) else len(pattern)
        literal = pattern[match.end() : end]
        if not literal and index + 1 < len(matches):
            raise ValueError(f"nothing stands between {match[0]} and {matches[index + 1][0]}")
        if "%{" in literal:
            raise ValueError("has an opening %{ that nothing closes")
        kind = match[1] or ("" if match[2] else "?")
        keys.append((kind, match[2], bool(match[3] and literal), literal))
    lead = pattern[: matches[0].start()]
    if "%{" in lead:
        raise ValueError("has an opening %{ that nothing closes")
    return lead, tuple(keys)

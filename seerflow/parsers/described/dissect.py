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
    lead, keys = _parts(pattern)
    steps = tuple(keys)
    last = len(steps) - 1
    before = len(lead)

    def dissect(text: str) -> Captured | None:
        if not text.startswith(lead):
            return None
        at, found, between = before, {}, ""
        for index, (kind, name, padded, literal) in enumerate(steps):
            if literal:
                end = text.find(literal, at)
                if end < 0:
                    return None
            elif index == last:
                end = len(text)
            value, at = text[at:end], end + len(literal)
            while padded and text.startswith(literal, at):
                at += len(literal)
            if kind == "+":
                found[name] = found[name] + between + value if name in found else value
            elif kind != "?":
                found[name] = value
            between = literal
        return found

    return dissect


def _parts(pattern: str) -> tuple[str, list[tuple[str, str, bool, str]]]:
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
    return pattern[: matches[0].start()], keys

r"""Wildcard patterns: `*` any characters, `?` exactly one, `\` before one of the three makes it plain.

A pattern is matched without backtracking: its beginning, its end, then each piece between two stars at the
leftmost place where it fits, which is never wrong and takes time linear in the value for each piece.
"""

import re
from collections.abc import Callable, Sequence
from enum import Enum


class Wild(Enum):
    """The two special characters."""

    MANY = "*"
    ONE = "?"


Part = str | Wild

_ESCAPED = re.compile(r"[\\*?]")
_TOKEN = re.compile(r"\\([\\*?])|([*?])")


def write(parts: Sequence[Part]) -> str:
    """Give the pattern as text; `read` is the inverse."""
    return "".join(part.value if isinstance(part, Wild) else _ESCAPED.sub(r"\\\g<0>", part) for part in parts)


def read(pattern: str) -> tuple[Part, ...]:
    """Give the parts of a pattern: texts, and the special characters between them."""
    parts: list[Part] = []
    plain, place = "", 0
    for token in _TOKEN.finditer(pattern):
        plain += pattern[place : token.start()]
        place = token.end()
        if token[1]:
            plain += token[1]
            continue
        parts += [plain, Wild(token[2])] if plain else [Wild(token[2])]
        plain = ""
    plain += pattern[place:]
    return (*parts, plain) if plain else tuple(parts)


def matcher(pattern: str) -> Callable[[str], bool]:
    """Give a function that says whether the whole of a value fits the pattern."""
    pieces = _pieces(read(pattern))
    if len(pieces) == 1:
        whole = _expression(pieces[0])
        return lambda value: whole.fullmatch(value) is not None
    first, last = _expression(pieces[0]), _expression(pieces[-1])
    width = sum(len(part) if isinstance(part, str) else 1 for part in pieces[-1])
    between = [_expression(piece) for piece in pieces[1:-1] if piece]

    def fits(value: str) -> bool:
        begin = first.match(value)
        end = len(value) - width
        if begin is None or end < begin.end() or last.match(value, end) is None:
            return False
        place = begin.end()
        for piece in between:
            found = piece.search(value, place, end)
            if found is None:
                return False
            place = found.end()
        return True

    return fits


def _pieces(parts: Sequence[Part]) -> list[list[Part]]:
    pieces: list[list[Part]] = [[]]
    for part in parts:
        if part is Wild.MANY:
            pieces.append([])
        else:
            pieces[-1].append(part)
    return pieces


def _expression(piece: Sequence[Part]) -> re.Pattern[str]:
    # Only texts and single dots: such an expression cannot backtrack.
    return re.compile("".join("." if isinstance(p, Wild) else re.escape(p) for p in piece), re.DOTALL)

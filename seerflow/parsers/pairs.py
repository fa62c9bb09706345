"""`key=value` in text, in the dialects of its writers. Linear, bounded.

Blanks: `src=192.0.2.1 msg="two words" list=[a b] data={"n": 1}`. Separators: `product=VPN-1 & FireWall-1|action=Drop`,
`Event Type: Login; User: bob`, `[Action:"drop"; Product:"VPN-1"]`.
"""

import json
import re
from typing import Any

#: One text gives at most this many pairs.
MAX_PAIRS = 1_000

# src=192.0.2.1 msg="two \"quoted\" words" user='bob', n=1; list=[a b]
PAIR = re.compile(
    r"""
    (?<![^\s,;|({\[\]])                     # behind a separator, or a bracket in front: [rule-7]IN=eth0
    ([A-Za-z_@][\w@.\-/]{0,127})=           # key
    (?:"((?:[^"\\]|\\.)*)"                  # "quoted, with \" in it"
    |'([^']*)'                              # 'quoted'
    |(\[[^\[\]]{0,512}\])(?=[\s,;|)]|$)     # [a b]
    |([^\s,;|)\]}"]*))                      # bare
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# The separator before a key, for the writers that leave blanks in bare values.
_NEXT = re.compile(r"([|;,\t]\s{0,2}|\s)[A-Za-z_@][\w@.\-/]{0,63}=", re.ASCII)
_NAMED = re.compile(r"([A-Za-z][\w .()/\-#]{0,62}[\w)])\s?:(?!//)\s*", re.ASCII)
#: So much of the text tells which dialect it is.
_LOOKED_AT = 2_048
#: A separator holds if so many of ten keys stand behind it.
_OF_TEN = 8
_DECODER = json.JSONDecoder()


def pairs(text: str, start: int = 0) -> tuple[dict[str, str], int, bool]:
    """Give the pairs, the number of characters that they cover, and whether the bound bit. The first of a key stays."""
    found: dict[str, str] = {}
    covered, at = 0, start
    for _ in range(MAX_PAIRS):
        match = PAIR.search(text, at)
        if match is None:
            return found, covered, False
        at = match.end()
        key, double, single, listed, bare = match.groups()
        if bare and bare[0] == "{" and (end := _document(found, key, text, match.start(5))):
            at = end
        else:
            found.setdefault(key, _value(double, single, listed, bare))
        covered += at - match.start()
    return found, covered, PAIR.search(text, at) is not None


def _value(double: str | None, single: str | None, listed: str | None, bare: str | None) -> str:
    if double is not None:
        return _unquoted(double)
    if bare is not None:
        return _bare(bare)
    return listed if listed is not None else single or ""


def _document(found: dict[str, str], key: str, text: str, at: int) -> int | None:
    """Read a JSON object at `at` into `key.name`; give its end, or None if it is none."""
    try:
        document, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    for name, value in _flat(key, document)[:MAX_PAIRS]:
        found.setdefault(name, value)
    return end


def _flat(key: str, value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return [(key, value if isinstance(value, str) else json.dumps(value))]
    # One level: what is deeper stays text.
    return [
        (f"{key}.{name}"[:128], inner if isinstance(inner, str) else json.dumps(inner))
        for name, inner in value.items()
    ]


def separator(text: str) -> str | None:
    """Give what separates the pairs (`|`, `;`, `,` or tab) where nearly every key stands behind it."""
    marks = [match[1][0] for match in _NEXT.finditer(text, 0, _LOOKED_AT)]
    best = max("|;,\t", key=marks.count)
    count = marks.count(best)
    return best if count > 1 and count * 10 >= len(marks) * _OF_TEN else None


def split(text: str, mark: str) -> list[str]:
    """Cut the text at the mark, but not inside of double quotes. At most MAX_PAIRS pieces, the last with the rest."""
    if '"' not in text:
        return text.split(mark, MAX_PAIRS)
    pieces: list[str] = []
    begin = at = 0
    while len(pieces) < MAX_PAIRS and (end := text.find(mark, at)) >= 0:
        quote = text.find('"', at, end)
        if quote >= 0:
            at = _closing(text, quote + 1)
            if at:
                continue
            pieces.extend(text[begin:].split(mark, MAX_PAIRS - len(pieces)))  # never closed: no quote at all
            return pieces
        pieces.append(text[begin:end])
        begin = at = end + 1
    pieces.append(text[begin:])
    return pieces


def _closing(text: str, at: int) -> int:
    """Give the place behind the quote that closes, or 0."""
    end = text.find('"', at)
    while end > 0 and text[end - 1] == "\\" and text[end - 2 : end - 1] != "\\":
        end = text.find('"', end + 1)
    return end + 1


def separated(text: str, mark: str) -> dict[str, str]:
    """Give the pairs `key=value` between marks; a piece that is none goes on with the value before it."""
    found: dict[str, str] = {}
    last = ""
    for piece in split(text, mark):
        key, equals, value = piece.strip().partition("=")
        if equals and key and len(key) <= 128 and not key[0].isdigit() and " " not in key:  # noqa: PLR2004  a name
            last = "" if key in found else key
            found.setdefault(key, _plain(value.strip()))
        elif last and piece.strip():
            found[last] += mark + piece
    return found


def named(text: str, mark: str) -> tuple[dict[str, str], int]:
    """Give the pairs `Some Key: value` between marks, and how many pieces are none."""
    found: dict[str, str] = {}
    others = 0
    for piece in split(text.strip("[] "), mark):
        match = _NAMED.match(piece.strip())
        if match:
            found.setdefault(match[1], _plain(piece.strip()[match.end() :].strip()))
        else:
            others += bool(piece.strip())
    return found, others


def _plain(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _unquoted(text[1:-1])
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text


def _bare(text: str) -> str:
    # user=<bob>: the mail servers' quotes
    return text[1:-1] if text[:1] == "<" and text[-1:] == ">" else text


def _unquoted(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text

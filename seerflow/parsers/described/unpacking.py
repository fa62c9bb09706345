"""Text into native fields: key=value pairs, columns, JSON, queries; and values that hold such a text."""

import csv
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from seerflow.model.event import Value
from seerflow.parsers.described.conversion import CHANGES
from seerflow.parsers.described.fault import Faults, Path, nearest
from seerflow.parsers.described.work import Step, Work, asking, first, listed, plain, reach
from seerflow.parsers.flatten import MAX_NAME, flat, load
from seerflow.parsers.pairs import MAX_PAIRS, pairs, separated
from seerflow.parsers.pairs import split as cut_at
from seerflow.parsers.shape import keyword

#: Text -> fields. The bool says whether a bound bit.
Unpack = Callable[[str], tuple[dict[str, Value], bool]]

_QUOTES = frozenset({'""', "''", "<>"})
#: What stands between pairs and nowhere in a value, but for quotes.
_MARKS = frozenset("|;\t")
#: A line gives at most this many columns.
MAX_COLUMNS = 1_000


def paired(between: str, equals: str) -> Unpack:
    """Give what reads pairs; without a separator of its own, pairs as firewalls and logfmt write them."""
    if not between and equals == "=":

        def usual(text: str) -> tuple[dict[str, Value], bool]:
            found, _, cut = pairs(text)
            return dict(found), cut

        return usual
    between = between or " "
    sign = between.strip() or between
    if equals == "=" and sign in _MARKS:

        def marked(text: str) -> tuple[dict[str, Value], bool]:
            return dict(separated(text, sign)), text.count(sign) > MAX_PAIRS

        return marked

    def split(text: str) -> tuple[dict[str, Value], bool]:
        out: dict[str, Value] = {}
        pieces = cut_at(text, sign) if sign == ";" else text.split(between, MAX_PAIRS)
        for piece in pieces[:MAX_PAIRS]:
            name, mark, value = piece.partition(equals)
            name = name.strip()
            if mark and name and len(name) <= 128:  # noqa: PLR2004  as pairs.PAIR
                value = value.strip()
                out.setdefault(
                    name, value[1:-1] if value[:1] + value[-1:] in _QUOTES and len(value) > 1 else value
                )
        return out, len(pieces) > MAX_PAIRS

    return split


def split(text: str, delimiter: str) -> list[str]:
    """Split a line into its columns; quotes hold delimiters where the delimiter is one character."""
    if len(delimiter) > 1 or '"' not in text or delimiter in '"\r\n\0':
        return text.split(delimiter, MAX_COLUMNS)
    try:
        return next(
            csv.reader([text.replace("\r", " ").replace("\n", " ").replace("\0", " ")], delimiter=delimiter)
        )
    except (csv.Error, StopIteration):
        return text.split(delimiter, MAX_COLUMNS)


def named(columns: list[str | None], delimiter: str) -> Unpack:
    """Give what reads columns by their names; a column without a name (null, '' or '-') is left out."""
    names = [None if name in (None, "", "-") else str(name) for name in columns]

    def read(text: str) -> tuple[dict[str, Value], bool]:
        values = split(text, delimiter)
        return {
            name: value.strip() for name, value in zip(names, values, strict=False) if name and value
        }, False

    return read


def _json(text: str) -> tuple[dict[str, Value], bool]:
    document = load(text)
    return flat(document) if isinstance(document, dict) else ({}, False)


def _query(text: str) -> tuple[dict[str, Value], bool]:
    out: dict[str, Value] = {}
    parts = text.partition("?")[2].split("&", MAX_PAIRS) if "?" in text else text.split("&", MAX_PAIRS)
    for part in parts[:MAX_PAIRS]:
        name, _, value = part.partition("=")
        if name:
            out.setdefault(name, unquote_plus(value[:8192]))
    return out, len(parts) > MAX_PAIRS


_WAYS: dict[str, Unpack] = {"pairs": paired("", "="), "json": _json, "query": _query}


def unpacking(spec: Mapping[str, Any], path: Path, faults: Faults) -> list[Step]:
    """Compile `unpack`: a native field whose text holds fields of its own."""
    steps: list[Step] = []
    for name, told in spec.items():
        if isinstance(told, dict) and told.get("as") == "named":
            steps.append(_named(name.replace("[]", ""), told))
            continue
        way = _way(told, (*path, name), faults)
        if way is not None:
            prefix = str(told.get("prefix", "")) if isinstance(told, dict) else ""
            steps.append(_unpacked(plain(name), way, prefix))
    return steps


def _way(told: Any, path: Path, faults: Faults) -> Unpack | None:
    options = told if isinstance(told, dict) else {"as": told}
    kind = options.get("as", "columns" if "columns" in options else "pairs")
    if kind == "columns":
        if "columns" not in options:
            faults.add(path, "has no columns", "name them in order: columns: [a, b, null, d]")
            return None
        return named(options["columns"], str(options.get("delimiter", ",")))
    if kind not in _WAYS:
        faults.add(
            path, f"there is no way to unpack {kind!r}", nearest(str(kind), (*_WAYS, "columns", "named"))
        )
        return None
    if kind == "pairs" and ("between" in options or "equals" in options):
        return paired(str(options.get("between", "")), str(options.get("equals", "=")))
    return _WAYS[kind]


def _named(name: str, told: Mapping[str, Any]) -> Step:
    """Compile the unpacking of a list of `{name: …, value: …}`: each name becomes a native field."""
    path, prefix = tuple(name.split(".")), str(told.get("prefix", ""))
    named = listed(told.get("name", "name"))
    valued = listed(told.get("value", "value"))

    def unpack(work: Work) -> None:
        items = reach(work.subject.document or {}, name, path)
        for item in items[:MAX_COLUMNS] if isinstance(items, list) else ():
            if isinstance(item, dict):
                key = next((text for one in named if (text := keyword(item.get(one)))), None)
                value = next((item[one] for one in valued if item.get(one) is not None), None)
                if key and value is not None and not isinstance(value, dict):
                    work.native.setdefault(prefix + key[:MAX_NAME], value)

    return unpack


def _unpacked(name: str, way: Unpack, prefix: str) -> Step:
    ask = asking(name)

    def unpack(work: Work) -> None:
        text = first(ask(work))
        if not isinstance(text, str) or not text:
            return
        found, cut = way(text)
        for key, value in found.items():
            work.native.setdefault(prefix + key, value)
        work.flags += ("truncated",) if cut else ()

    return unpack


def decoding(spec: Mapping[str, Any], path: Path, faults: Faults) -> list[Step]:
    """Compile `decode`: a native field whose value is written in hexadecimal, base64, …."""
    steps: list[Step] = []
    for name, way in spec.items():
        if way in CHANGES:
            steps.append(_decoded(plain(name), CHANGES[way]))
        else:
            faults.add((*path, name), f"there is no way to decode {way!r}", nearest(str(way), CHANGES))
    return steps


def _decoded(name: str, change: Callable[[str], str]) -> Step:
    def decode(work: Work) -> None:
        text = keyword(first(work.native.get(name)))
        if text is not None:
            work.native[name] = change(text)

    return decode
